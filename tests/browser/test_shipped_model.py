"""First launch: the pages that need a model show a moving dancer."""

import pytest

from tests.support.pictures import difference, picture
from tests.support.playing import MOVED, let_play
from tests.support.serving import PLAYER, wait_ready


# Its samples are in tests of the first visit and of the installed app.
@pytest.mark.parametrize(("path", "players"), [("reconstructions", 2), ("latent_map", 1)])
def test_the_shipped_model_shows_a_moving_dancer(page, demo_app, path, players):
    let_play(page)
    page.goto(f"{demo_app}/{path}?model=demo-dancer")
    wait_ready(page, players)
    page.wait_for_function(f"+document.querySelector('{PLAYER}').dataset.frame > 5")
    one = picture(page)
    page.wait_for_timeout(500)
    assert difference(one, picture(page)) > MOVED
