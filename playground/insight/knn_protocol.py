"""The protocol of a kNN accuracy, in words."""

_COSINE, _IMAGES = ", cosine", " images"  # of a protocol


def knn_protocol(*, neighbours: int, temperature: float, bank: int, queries: int) -> str:
    """What a kNN accuracy was measured on, in words: figures of different protocols must not be compared."""
    return f"h{_COSINE}, k={neighbours}, T={temperature:g}, bank {bank:,} train, {queries:,} test{_IMAGES}"


def protocol_words(protocol: str, samples: str = "images", layers: str = "h") -> str:
    """`protocol`, as `knn_protocol` has made it, where it was measured on `samples` and holds of `layers`.

    Run folders hold the protocol of h and call all samples images, whatever they are.
    """
    if protocol.startswith(f"h{_COSINE}"):
        protocol = f"{layers}{protocol.removeprefix('h')}"
    return f"{protocol.removesuffix(_IMAGES)} {samples}" if protocol.endswith(_IMAGES) else protocol
