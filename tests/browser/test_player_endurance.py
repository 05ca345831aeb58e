"""The player in a real browser: lost graphics contexts, changed plotly internals, many page changes."""

from playwright.sync_api import Playwright, expect

from tests.support.pictures import LEFT, difference, picture, share_of
from tests.support.playing import MOVED, frame, go_to, open_player, seek
from tests.support.serving import launch_chromium, player_state, wait_ready


def test_changed_internals_of_plotly_lead_to_the_public_path(page, player_app):
    open_player(page, player_app)
    page.evaluate(
        """() => {
          const scene = document.querySelector(".mp-plot")._fullLayout.scene._scene;
          let changed = true;
          for (const trace of Object.values(scene.traces)) {
            const update = trace.update;
            trace.update = (...given) => {
              if (!changed) return update.apply(trace, given);
              changed = false;
              throw new Error("changed");
            };
          }
        }"""
    )
    before = picture(page)
    seek(page, 90)
    assert player_state(page)["path"] == "public"
    assert difference(before, picture(page)) > MOVED


def test_a_lost_context_is_replaced(page, player_app):
    open_player(page, player_app)
    seek(page, 50)
    before = picture(page)
    page.evaluate(
        """() => document.querySelector(".mp-plot canvas").getContext("webgl")
          .getExtension("WEBGL_lose_context").loseContext()"""
    )
    page.wait_for_timeout(500)
    wait_ready(page)
    assert (frame(page), player_state(page)["path"]) == (50, "direct")
    assert difference(before, picture(page)) < MOVED
    expect(page.locator(".mp-plot canvas")).to_have_count(1)


def test_the_player_works_beside_streamlits_own_plotly(page, player_app):
    open_player(page, player_app, "chart", count=0)
    page.wait_for_selector(".js-plotly-plot canvas")
    go_to(page, "one")
    assert share_of(LEFT, picture(page)) > MOVED
    assert player_state(page)["path"] == "direct"
    go_to(page, "chart", count=0)
    page.wait_for_selector(".stPlotlyChart .js-plotly-plot canvas")


def test_twenty_page_switches_leave_no_contexts_and_little_memory_behind(page, player_app):
    warnings: list[str] = []
    page.on("console", lambda message: warnings.append(message.text) if "WebGL" in message.text else None)
    session = page.context.new_cdp_session(page)

    def heap() -> float:
        session.send("HeapProfiler.collectGarbage")
        return session.send("Runtime.getHeapUsage")["usedSize"] / 1e6

    open_player(page, player_app)
    for name in ("ghost", "one"):
        go_to(page, name)
    before = heap()
    for turn in range(20):
        go_to(page, ("ghost", "one")[turn % 2])
    assert warnings == []
    assert heap() - before < 10
    assert share_of(LEFT, picture(page)) > MOVED


def test_without_webgl_a_readable_message_is_shown(playwright: Playwright, player_app):
    browser = launch_chromium(playwright, webgl=False)
    page = browser.new_page()
    page.goto(player_app)
    page.get_by_role("alert").filter(has_text="WebGL").wait_for()
    assert player_state(page)["ready"] == "error"
    browser.close()
