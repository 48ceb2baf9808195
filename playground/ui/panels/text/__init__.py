"""The parts of the view of images and their captions.

What the tabs of runs that learn from sentences share: what the newest weights make of texts.
"""
