"""All topics, in the order of their class ids."""

from typing import Final

from playground.data.sentences.grammar import Topic
from playground.data.sentences.topics_at_home import AT_HOME
from playground.data.sentences.topics_at_work import AT_WORK

TOPICS: Final[tuple[Topic, ...]] = (*AT_HOME, *AT_WORK)
CLASS_NAMES: Final[tuple[str, ...]] = tuple(topic.name for topic in TOPICS)
