"""What is there to see in embeddings: collapse, neighbours, negatives, maps."""
