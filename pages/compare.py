"""Compare: two to six runs side by side."""

from playground.ui.pages.compare import compare_page

compare_page()
