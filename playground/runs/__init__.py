"""The life of a run: its folder, its worker process, the queue, the mapper."""
