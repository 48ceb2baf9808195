"""Search by words alone, which every encoder of sentences has to beat. Numpy; sklearn when called."""

from collections.abc import Sequence

import numpy as np

from playground.records import FloatArray
from playground.text import words_of


def keyword_similarities(queries: Sequence[str], documents: Sequence[str]) -> FloatArray:
    """Cosines of the word counts of queries and documents, [queries, documents], 0 to 1.

    A word counts the less the more documents have it: TF-IDF as in scikit-learn, with its smoothing
    (https://scikit-learn.org/stable/modules/feature_extraction.html#tfidf-term-weighting), learned from the documents.
    The words are those that text encoders read. Order, and words that no document has, count for nothing.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer  # slow to import, and only needed here

    if not any(map(words_of, documents)):  # of no words at all sklearn makes an error
        return np.zeros((len(queries), len(documents)), np.float32)
    weights = TfidfVectorizer(analyzer=words_of, dtype=np.float32)
    of_documents = weights.fit_transform(documents)
    return np.asarray((weights.transform(queries) @ of_documents.T).toarray(), np.float32)
