"""The augmentation lab: its images, its policy, the views that it draws, and the panels that show them."""
