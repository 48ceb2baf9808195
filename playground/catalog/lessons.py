"""Short lessons for newcomers, each on real runs. To add a lesson, add an entry to LESSONS.

The answers state what was measured with exactly these settings, with texts for seeds 0, 1 and 2; another machine or
seed moves the figures by some points. Accuracies are those of kNN on h with all training images in the bank, gains are
taken between the first and the last snapshot, as on the page; with texts, the figures are those of the run's summary.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from playground.catalog.ablation_pairs import SWITCHES, make_pair
from playground.config.dotted import DottedSettings
from playground.config.parse import parse
from playground.config.run import RunConfig

# In steps, so that both runs of a lesson see the same images however busy the machine is: 30 to 60 s on two cores.
LESSON_STEPS = 200
# Colour alone tells most of these images apart: with jitter that turns hues freely, it no longer does.
JITTERED: DottedSettings = {"data.name": "shapes", "views.jitter.probability": 0.8, "budget.steps": LESSON_STEPS}
PLAIN: DottedSettings = {"data.name": "shapes", "budget.steps": LESSON_STEPS}
DIGITS: DottedSettings = {"data.name": "digits", "budget.steps": LESSON_STEPS}
CAPTIONED: DottedSettings = {"data.name": "shapes", "method.name": "clip", "budget.steps": 250}
SEARCHED: DottedSettings = {"data.name": "corpus", "method.name": "simcse", "budget.steps": 100}


@dataclass(frozen=True, slots=True)
class Lesson:
    """One question, and the runs that answer it."""

    title: str
    explanation: str  # two or three sentences
    source: str
    question: str
    look: tuple[str, ...]  # what to look at, one sentence each
    answer: str  # the expected observation
    runs: Mapping[str, RunConfig]  # name -> run: one is watched alone, two side by side
    tab: str = "Overview"  # opened for a single run
    compared: str = "Curves and figures"  # opened for two runs
    beside: bool = False  # whether `tab` of one run shows the other beside it, without the Compare page
    figure: str = "knn_accuracy"  # key of QUANTITIES: the result shown for ended runs
    with_lab: bool = False  # whether to link to the augmentation lab


_COLLAPSE = SWITCHES["stop_gradient"]

LESSONS: dict[str, Lesson] = {
    "pair": Lesson(
        title="What a positive pair is",
        explanation="Contrastive learning has no labels. It changes each image twice at random (crops it, mirrors it, "
        "turns its colours) and asks the encoder to give these two views, the *positive pair*, nearly the same "
        "embedding, and all other images of the batch, the *negatives*, other ones.",
        source="SimCLR, arXiv:2002.05709, section 2.1",
        question="Without a single label: do images of the same shape end up near each other?",
        look=(
            "On *Negatives*: each anchor stands beside its positive. What of the image do both share, what not?",
            "The histogram there: positives should move to the right, negatives stay around 0.",
            "The *Map*, coloured by class, before the first step and after the last one: move the timeline.",
        ),
        answer="Yes. The encoder was only asked to find a changed copy among 511 candidates. As the colours of the "
        "copy are changed, colour is of little use and shape is: kNN accuracy comes to about 70 %, 40 points above the "
        "untrained encoder.",
        runs={"shapes, colours changed": parse(JITTERED)},
        tab="Negatives",
        with_lab=True,
    ),
    "temperature": Lesson(
        title="Temperature",
        explanation="Similarities are divided by the temperature before they are compared. A low temperature makes the "
        "loss look at the few hardest negatives only; at a high one all negatives weigh the same.",
        source="Wang and Liu, arXiv:2012.09740, section 3",
        question="The same run at temperature 0.1 and at 5: which one tells the shapes apart?",
        look=(
            "The kNN accuracy of both, and the gain over the untrained encoder.",
            "The collapse detector: how many directions does each use?",
            "The two losses cannot be compared as they are: chance and floor differ. Choose *Normalised loss*.",
        ),
        answer="0.1 does: about 70 % against about 30 %, and 5 gains nothing over the untrained encoder. There all "
        "negatives push alike, so little is won by telling near ones apart: z uses about 6 of 128 directions, against "
        "about 40 at 0.1, and the detector speaks of dimensional collapse. The loss of the good run is lower here only "
        "because its floor is.",
        runs={"temperature 0.1": parse(JITTERED), "temperature 5": parse({**JITTERED, "method.temperature": 5.0})},
    ),
    "batch": Lesson(
        title="Batch size",
        explanation="In SimCLR the negatives are the other images of the batch: with 32 images there are 62 of them, "
        "with 256 there are 510. Published results on ImageNet need large batches, the more so the shorter the "
        "training.",
        source="SimCLR, arXiv:2002.05709, section 5.2 and figure 9",
        question="Both runs see the same number of images. Is the larger batch better here?",
        look=(
            "The kNN accuracy of both, by epochs and not by steps: the small batch makes eight times as many steps.",
            "The loss: chance is ln(2N-1), so a smaller batch has a lower loss for the same embedding.",
            "*Images per second*: which of them uses the machine better?",
        ),
        answer="No: about 83 % with batches of 32, about 56 % with 256. In a short training it is the number of steps "
        "that counts, and the small batch makes 800 of them out of the same images, in two to three times the "
        "time. That large batches help SimCLR is a finding on long trainings with many classes: it does not carry over "
        "to a minute on a laptop. The losses (1.1 and 3.8) cannot be compared: chance is 4.1 and 6.2.",
        runs={
            "batch 256": parse({**JITTERED, "batch_size": 256, "budget.steps": 100}),
            "batch 32": parse({**JITTERED, "batch_size": 32, "budget.steps": 800}),
        },
    ),
    "augmentation": Lesson(
        title="Augmentation",
        explanation="What the views change, the encoder is taught to ignore; what they leave, it may use. If colour is "
        "left as it is, it is a shortcut: a colour histogram alone finds the other view.",
        source="SimCLR, arXiv:2002.05709, section 3.1 and figure 5",
        question="The same run with colour jitter and without: what are the images sorted by?",
        look=(
            "The maps side by side, coloured by class, by hue, by the background's hue.",
            "The loss of both, and then the kNN accuracy: does the lower loss win?",
            "On the Train page, *Invariance*: how much of hue and of shape can still be read from h and z.",
        ),
        answer="Without jitter by colour, above all that of the background; with it by shape. Without, the task is too "
        "easy: the loss falls to nearly nothing (about 0.2, against 2.7), and kNN accuracy on shapes *falls*, to about "
        "24 %, 6 points below the untrained encoder. With jitter it is about 70 %, 40 points above. A low loss says "
        "that the task was solved, not that something useful was learnt.",
        compared="Maps and negatives",
        runs={"with colour jitter": parse(JITTERED), "without": parse(PLAIN)},
    ),
    "collapse": Lesson(
        title="Collapse",
        explanation="If positives only have to agree, the same embedding for every image is a perfect answer. Methods "
        "with negatives push images apart; SimSiam has none, and a stop-gradient on one of its sides keeps it from "
        "that answer.",
        source="SimSiam, arXiv:2011.10566, section 4.1",
        question="What does the loss look like when everything collapses, and who notices?",
        look=(
            "The loss of both: which one looks better?",
            "The collapse detector: spread and number of directions, and at which step it speaks.",
            "The map, and the kNN accuracy.",
        ),
        answer="The two losses end within 0.02 of each other (about -0.97): they tell nothing. Without stop-gradient "
        "all images get nearly the same embedding, the spread falls to almost 0, the detector speaks of complete "
        "collapse, and kNN accuracy falls to about half, far below the 96 % of the untrained encoder. With it, 98 %.",
        runs=dict(zip(_COLLAPSE.words, make_pair(_COLLAPSE, {"data.name": "digits"}), strict=True)),
    ),
    "negatives": Lesson(
        title="Hard negatives",
        explanation="A hard negative is another image that the encoder takes for nearly the same. It has the largest "
        "share of the loss. Nobody told the encoder the classes, so some of them are of the anchor's own class: false "
        "negatives, which the loss pushes away from where they belong.",
        source="Robinson et al., arXiv:2010.04592; Chuang et al., arXiv:2007.00224",
        question="Of the digits that are hardest to tell apart, how many are the same digit?",
        look=(
            "The marked images: negatives of the anchor's own class.",
            "The temperature's slider: how many negatives carry the weight at 0.05, how many at 1?",
            "The share of the weight that falls on false negatives, at the first look and at the last.",
        ),
        answer="Most of them: about 90 % of the five hardest negatives of an image are the same digit (83 % before any "
        "training: strokes alone do that). At temperature 0.05 each image works against some 4 of 396 negatives, and "
        "95 % of the weight falls on false ones; at 1 it is 12 %, hardly more than evenly spread (10 %). Still the "
        "classes do not break up: kNN accuracy goes from 96 % to 98 %.",
        runs={"digits": parse(DIGITS)},
        tab="Negatives",
    ),
    "captions": Lesson(
        title="Images and text",
        explanation="CLIP trains two encoders at once, one for images and one for their captions: of all captions of "
        "the batch an image is to find its own, and a caption its image. Before training each of 256 is as likely, so "
        "the loss begins near ln 256 = 5.5. A class is then only a sentence: an image gets the name whose prompts it "
        "is most similar to (*zero-shot*).",
        source="CLIP, arXiv:2103.00020, sections 2.3 and 3.1; on the gap Liang et al., arXiv:2203.02053",
        question="Nobody named the classes: can the run still name shapes and colours?",
        look=(
            "*Image & text*: does the diagonal of the matrix, where images meet their own captions, rise out of the "
            "rest, and does the gap between the two kinds close?",
            "*Zero-shot*, sorted by shape, by colour, by both: what of the combinations that training never had?",
            "The prompts there: write others, and see what one alone does, and what a word does that no caption had.",
        ),
        answer="Yes. By prompts alone about 77 % of the shapes are named right (chance 17 %), 95 % of the colours "
        "(chance 8 %), and both together 82 % (chance 1.4 %). Combinations that training never had are named about as "
        "well: what was learned are words, not whole captions by heart. Circles and squares are mixed up most. Of "
        "1,000 captions the own one comes first for 9 images in 10 (chance 1 in 1,000). The loss falls from 5.6 to "
        "about 1, the gap from 1.3 to 0.3: it narrows, and need not close for images and captions to find each other.",
        runs={"shapes with captions": parse(CAPTIONED)},
        tab="Image & text",
        figure="zero_shot_colour_and_shape",
    ),
    "search": Lesson(
        title="Hard negatives for search",
        explanation="Who searches by words (TF-IDF) finds what repeats the question, whether or not it answers. SimCSE "
        "brings a sentence near its paraphrase or answer and away from the others of the batch, the first run also "
        "away from a *hard negative*: a sentence with the same words that says something else. The sentences are made "
        "up, so it is known what answers what.",
        source="SimCSE, arXiv:2104.08821, section 4",
        question="Wrong documents repeat the words of the question: which of the two runs is not taken in by them?",
        look=(
            "*Keyword-heavy queries* and ordinary ones: recall@1 of both runs beside TF-IDF and chance. (While a run "
            "goes on, press **Look now**; once both have ended, open the lesson again to see them side by side.)",
            "*One query, ranked*: what does each put before the answer, and which words do these share?",
            "*Graded pairs* on *Sentences*, kNN and loss: do they tell which of the two searches better?",
        ),
        answer="The one with hard negatives: it puts the answer first for about 70 % of the keyword-heavy queries, the "
        "other for about 33 %, a search by words for none. In the ordinary queries, whose answers repeat their words, "
        "the two hardly differ (about 75 %), and TF-IDF is the best with 94 %. Nothing else tells them apart: Spearman "
        "is 0.88 to 0.89 with both, kNN differs by a few points, and the loss is even lower without (about 0.3, "
        "against 0.4 to 0.6; chance is ln 128 = 4.9 and ln 256 = 5.5). Among other sentences taken at random the words "
        "nearly always give the answer away, so little else has to be learned.",
        runs={"with hard negatives": parse(SEARCHED), "without": parse({**SEARCHED, "method.hard_negatives": False})},
        tab="Search lesson",
        beside=True,
        figure="recall_at_1_keyword_heavy",
    ),
}
