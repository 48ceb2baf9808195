"""Learn: six short lessons on real runs."""

from playground.ui.pages.learn import learn_page

learn_page()
