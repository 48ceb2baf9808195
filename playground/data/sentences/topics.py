"""The topics of the corpus, in the order of their class ids, in the short form of `grammar`. All facts are made up."""

from typing import Final

from playground.data.sentences.grammar import Topic, parse_topic

AT_WORK: Final[tuple[Topic, ...]] = (
    parse_topic(
        "astronomy",
        actors="astronomer|stargazer, student|undergraduate, professor|lecturer, amateur|hobbyist, engineer|technician",
        acts="""observe observed|study studied
                discover discovered|find found
                draw drew drawn|sketch sketched
                name named|christen christened
                explain explained|interpret interpreted
                lose lost|mislay mislaid""",
        things="""comet|tailed visitor, planet|distant world, eclipse|shadow of the moon, nebula|cloud of gas
                  galaxy|island of stars, meteor|shooting star, supernova|exploding star""",
        reasons="""the night was clear|no cloud hid the heavens
                   the telescope was new|a larger lens had been bought
                   the orbit was strange|its path did not fit
                   the lamps were out|streets were dark
                   a catalogue was wrong|the list had an error""",
    ),
    parse_topic(
        "medicine",
        actors="doctor|physician, nurse|carer, surgeon|operating specialist, patient|sick person, chemist|pharmacist",
        acts="""treat treated|cure cured
                recognise recognised|identify identified
                test tested|check checked
                mention mentioned|cite cited
                ignore ignored|neglect neglected
                document documented|note noted""",
        things="""fever|high temperature, cough|sore throat, wound|cut, allergy|oversensitivity
                  fracture|broken bone, rash|skin irritation, headache|migraine""",
        reasons="""the ward was crowded|every bed was taken
                   the blood looked strange|the laboratory had sent bad results
                   the pain grew worse|it hurt more and more
                   a pill had failed|the tablet did not help
                   an infection was feared|germs might have spread""",
    ),
    parse_topic(
        "money",
        actors="banker|financier, customer|client, accountant|bookkeeper, broker|stock trader, heir|inheritor",
        acts="""pay paid|transfer transferred
                refuse refused|reject rejected
                raise raised|increase increased
                count counted|calculate calculated
                hide hid hidden|conceal concealed
                demand demanded|request requested""",
        things="""loan|credit, rent|lease payment, salary|wage, profit|gain
                  tax|duty, fine|penalty charge, pension|retirement money""",
        reasons="""the market had crashed|share prices had collapsed
                   interest was high|borrowing cost a lot
                   a cheque had bounced|an account was empty
                   the budget was tight|little cash remained
                   the auditor insisted|the books were being reviewed""",
    ),
    parse_topic(
        "computers",
        actors="programmer|developer, hacker|intruder, user|operator, tester|quality checker, administrator|sysadmin",
        acts="""delete deleted|erase erased
                copy copied|duplicate duplicated
                install installed|deploy deployed
                encrypt encrypted|scramble scrambled
                update updated|renew renewed
                translate translated|convert converted""",
        things="""program|application, file|saved document, database|data store, website|homepage
                  script|macro, password list|login table, photo archive|image collection""",
        reasons="""the disk was full|storage had run out
                   a virus was found|malware had been detected
                   the network was slow|the connection lagged
                   the licence had expired|permission had run its term
                   a bug was known|a fault was on the tracker""",
    ),
    parse_topic(
        "law",
        actors="judge|magistrate, lawyer|attorney, witness|onlooker, policeman|officer, senator|legislator",
        acts="""read read|peruse perused
                sign signed|autograph autographed
                dispute disputed|contest contested
                withdraw withdrew withdrawn|revoke revoked
                publish published|release released
                forge forged|falsify falsified""",
        things="""contract|agreement, verdict|ruling, testament|last will, complaint|grievance
                  confession|admission of guilt, statute|bill, warrant|search order""",
        reasons="""the jury was divided|those on the bench could not agree
                   evidence was missing|proof had vanished
                   a deadline had passed|time had run out
                   bribes had been taken|corruption had come to light
                   the court was closed|no trial was held""",
    ),
    parse_topic(
        "oceans",
        actors="diver|frogman, fisherman|angler, biologist|life scientist, lifeguard|rescuer, ferryman|boat captain",
        acts="""follow followed|track tracked
                film filmed|shoot shot
                rescue rescued|save saved
                touch touched|stroke stroked
                feed fed|nourish nourished
                frighten frightened|scare scared""",
        things="""whale|sea giant, octopus|eight-armed animal, turtle|shelled swimmer, shark|finned hunter
                  seal|whiskered mammal, dolphin|porpoise, crab|clawed crawler""",
        reasons="""the tide was low|water had left the shore
                   nets had torn|the mesh had holes
                   the reef was dying|corals had turned pale
                   oil had leaked|a tanker had spilled fuel
                   the waves were high|the surf was rough""",
    ),
)


AT_HOME: Final[tuple[Topic, ...]] = (
    parse_topic(
        "cooking",
        actors="cook|chef, waiter|server, baker|pastry maker, guest|diner, grandmother|granny",
        acts="""burn burned|scorch scorched
                taste tasted|sample sampled
                praise praised|compliment complimented
                cool cooled|chill chilled
                divide divided|share shared
                season seasoned|spice spiced""",
        things="soup|broth, cake|gateau, stew|casserole, pie|tart, sauce|gravy, porridge|oatmeal, pasta|spaghetti",
        reasons="""the oven was too hot|the stove gave off too much heat
                   the recipe asked for it|it was written in the cookbook
                   everyone was hungry|all stomachs were empty
                   the kitchen had no salt|the last pinch of salt was gone
                   a critic sat at the table|someone wrote about restaurants""",
    ),
    parse_topic(
        "football",
        actors="striker|forward, goalkeeper|goalie, coach|trainer, referee|umpire, captain|skipper",
        acts="""miss missed|overlook overlooked
                celebrate celebrated|cheer cheered
                criticise criticised|blame blamed
                delay delayed|postpone postponed
                watch watched|view viewed
                decide decided|settle settled""",
        things="""penalty|spot kick, match|game, corner|kick from the flag, final|championship
                  training|practice, derby|local clash, tackle|sliding challenge""",
        reasons="""the pitch was wet|the grass was full of puddles
                   the crowd was loud|fans roared in the stands
                   the whistle was broken|no signal could be heard
                   the team was losing|the other side was ahead
                   a defender was injured|someone at the back had hurt a knee""",
    ),
    parse_topic(
        "gardening",
        actors="gardener|groundsman, neighbour|man next door, florist|flower seller, farmer|grower, pupil|schoolchild",
        acts="""water watered|sprinkle sprinkled
                plant planted|set set
                trim trimmed|prune pruned
                cover covered|wrap wrapped
                dig dug|uproot uprooted
                sell sold|offer offered""",
        things="""rose|thorny bush, apple tree|fruit tree, hedge|row of shrubs, tulip|spring bulb
                  lawn|turf, pumpkin|squash, ivy|climbing greenery""",
        reasons="""the soil was dry|no rain had fallen
                   snails were hungry|slugs had eaten the leaves
                   frost was coming|ice was forecast
                   the flower show was near|judges were to look at the beds
                   weeds grew too fast|wild herbs spread everywhere""",
    ),
    parse_topic(
        "trains",
        actors="driver|motorman, conductor|guard, passenger|traveller, mechanic|fitter, dispatcher|controller",
        acts="""stop stopped|halt halted
                repair repaired|fix fixed
                board boarded|enter entered
                inspect inspected|examine examined
                clean cleaned|wash washed
                photograph photographed|picture pictured""",
        things="""train|rail service, locomotive|engine, sleeper|night coach, tram|streetcar
                  goods wagon|freight car, dining car|restaurant coach, metro|underground""",
        reasons="""the signal was red|the light did not turn green
                   snow lay on the line|the rails were white
                   a door was open|someone had not shut the exit
                   the brakes were worn|slowing down took too long
                   the timetable was new|departures had been changed""",
    ),
    parse_topic(
        "music",
        actors="""singer|vocalist, violinist|fiddler, pianist|keyboard player, drummer|percussionist
                  composer|songwriter""",
        acts="""play played|perform performed
                rehearse rehearsed|practise practised
                record recorded|tape taped
                write wrote written|compose composed
                shorten shortened|abridge abridged
                interrupt interrupted|break broke broken""",
        things="""song|tune, concert|recital, opera|musical drama, waltz|dance in three
                  lullaby|cradle song, march|parade piece, symphony|orchestral work""",
        reasons="""the hall was full|no seat was free
                   a string had snapped|an instrument was damaged
                   the audience asked for it|listeners called for more
                   the notes were lost|nobody could find the sheets
                   a prize was offered|the winner would get a medal""",
    ),
    parse_topic(
        "weather",
        actors="forecaster|weatherman, sailor|seaman, hiker|walker, pilot|aviator, farmhand|field worker",
        acts="""predict predicted|foretell foretold
                notice noticed|spot spotted
                fear feared|dread dreaded
                measure measured|gauge gauged
                describe described|report reported
                survive survived|outlive outlived""",
        things="""storm|tempest, fog|mist, heatwave|hot spell, downpour|cloudburst
                  blizzard|snowstorm, drought|dry spell, rainbow|arc of colours""",
        reasons="""the pressure fell|the barometer went down
                   clouds were dark|the sky turned black
                   the wind had turned|a breeze blew from elsewhere
                   the thermometer was exact|degrees could be read well
                   birds flew low|swallows stayed near the ground""",
    ),
)


TOPICS: Final[tuple[Topic, ...]] = (*AT_HOME, *AT_WORK)
CLASS_NAMES: Final[tuple[str, ...]] = tuple(topic.name for topic in TOPICS)
