"""The parts of the augmentation lab: its images, its policy, the views drawn by it, and the panels that show them."""
