"""Plotly figures from records and arrays. Colours of text, grid and background are left to the page."""
