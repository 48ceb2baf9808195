"""Topics of everyday life, in the short form of `grammar`. What is told of them is made up."""

from typing import Final

from playground.data.sentences.grammar import Topic, topic

AT_HOME: Final[tuple[Topic, ...]] = (
    topic(
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
    topic(
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
    topic(
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
    topic(
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
    topic(
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
    topic(
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
