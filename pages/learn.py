"""Learn: six short lessons on real runs."""

from playground.ui.learn_page import learn_page

learn_page()
