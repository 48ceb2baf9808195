"""Topics of work and of knowledge, in the short form of `grammar`. What is told of them is made up."""

from typing import Final

from playground.data.sentences.grammar import Topic, topic

AT_WORK: Final[tuple[Topic, ...]] = (
    topic(
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
    topic(
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
    topic(
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
    topic(
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
    topic(
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
    topic(
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
