"""How colours look to people with a colour-vision deficiency, how different two look, and their contrast."""

import numpy as np

SIMULATION = {
    "none": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
"""Matrices on linear RGB for severity 1.0: Machado, Oliveira, Fernandes, "A physiologically-based model for
simulation of color vision deficiency", IEEE Transactions on Visualization and Computer Graphics 15 (6), 2009; from
the authors' page, https://www.inf.ufrgs.br/~oliveira/pubs_files/CVD_Simulation/CVD_Simulation.html."""

_XYZ_OF_RGB = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
"""sRGB, IEC 61966-2-1, white point D65."""

_WHITE = _XYZ_OF_RGB.sum(axis=1)


def linear_rgb(colour: str) -> np.ndarray:
    """Linear red, green and blue of "#rrggbb", 0 to 1, (3,)."""
    srgb = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    """Relative luminance, 0 to 1, as WCAG 2.2 defines it."""
    return float(linear_rgb(colour) @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21, as WCAG 2.2 defines it."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def lab(colour: str, vision: str = "none") -> np.ndarray:
    """CIELAB lightness, a and b of a colour as a kind of colour vision sees it, (3,)."""
    seen = np.clip(SIMULATION[vision] @ linear_rgb(colour), 0, 1)
    x, y, z = (_lab_function(value) for value in _XYZ_OF_RGB @ seen / _WHITE)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def _lab_function(value: float) -> float:
    return value ** (1 / 3) if value > (6 / 29) ** 3 else value / (3 * (6 / 29) ** 2) + 4 / 29


def difference(one: str, other: str, vision: str = "none") -> float:
    """How different two colours look, CIEDE2000: 1 is just noticeable."""
    return ciede2000(lab(one, vision), lab(other, vision))


def ciede2000(one: np.ndarray, other: np.ndarray) -> float:
    """CIEDE2000 of two CIELAB colours (3,).

    Source: Sharma, Wu, Dalal, "The CIEDE2000 color-difference formula", Color Research and Application 30 (1), 2005;
    the 34 pairs of its table 1 come out as printed there, to the fourth decimal.
    """
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean_chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = (1 - np.sqrt(mean_chroma**7 / (mean_chroma**7 + 25.0**7))) / 2
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    dh, h = 0.0, h1 + h2
    if c1 * c2:
        dh = (h2 - h1 + 180) % 360 - 180
        h = (h1 + h2) / 2 + (180 if abs(h1 - h2) > 180 else 0)
    hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(dh / 2))
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    cosines = (0.17, 1, -30), (-0.24, 2, 0), (-0.32, 3, 6), (0.20, 4, -63)
    t = 1 - sum(share * np.cos(np.radians(times * h + angle)) for share, times, angle in cosines)
    sl = 1 + 0.015 * (lightness - 50) ** 2 / np.sqrt(20 + (lightness - 50) ** 2)
    sc, sh = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    rotation = (
        2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7)) * np.sin(np.radians(60 * np.exp(-(((h - 275) / 25) ** 2))))
    )
    x, y, z = (l2 - l1) / sl, (c2 - c1) / sc, hue / sh
    return float(np.sqrt(x**2 + y**2 + z**2 - rotation * y * z))
