"""The files of the player in the browser, the same for the app and for exported pages."""

from pathlib import Path

WEB = Path(__file__).parent / "web"

PLOTLY_3D = Path(__file__).parent / "plotly_js" / "plotly-gl3d-4.1.1.min.js"
"""plotly.js with 3-D scenes only, for the player: a third of the library, so that a browser has read it sooner."""

PLOTLY_2D = Path(__file__).parent / "plotly_js" / "plotly-cartesian-4.1.1.min.js"
"""plotly.js with flat charts only."""

PLAYER_MODULE = "player/component.js"
"""The module of the player's component, below `WEB`."""

CHART_MODULE = "chart/chart.js"
"""The module of the chart's component, below `WEB`."""

SWEEPS_MODULE = "player/dial/sweeps.js"
"""The module of the component that announces a sweep, below `WEB`."""

MEMORY_MODULE = "player/memory.js"
"""The module that keeps cameras and clocks of players by their keys, below `WEB`."""


def web_files() -> list[Path]:
    """The files that a browser loads, sorted: modules, style sheet and palette, without the type declarations."""
    return sorted(path for path in WEB.rglob("*") if path.suffix in (".js", ".css", ".json"))
