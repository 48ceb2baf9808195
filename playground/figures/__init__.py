"""Records and arrays in, Plotly figures out. Without colours of text, grid and background: those are the page's."""
