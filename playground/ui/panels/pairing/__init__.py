"""The parts of the view of images and their captions."""
