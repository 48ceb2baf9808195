"""Panels that show several runs beside each other, one file each."""
