"""Lab: twins from one seed that differ in one switch."""

from playground.ui.pages.lab import lab_page

lab_page()
