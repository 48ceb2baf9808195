"""Compare: two to six runs side by side."""

from playground.ui.compare_page import compare_page

compare_page()
