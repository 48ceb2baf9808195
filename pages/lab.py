"""Lab: twins from one seed that differ in one switch."""

from playground.ui.lab_page import lab_page

lab_page()
