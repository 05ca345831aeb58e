import sys

import numpy as np
import pytest

from mariel.errors import PackageError
from mariel.generation.latent_map.pca_map import PcaMap
from mariel.generation.latent_map.umap_map import UmapMap


@pytest.fixture
def pca_map() -> PcaMap:
    """Of 40 phrases with latents of three dimensions, weighted equally."""
    return PcaMap.fit(np.random.default_rng(0).normal(size=(40, 3)))


@pytest.fixture
def umap_map(pca_map) -> UmapMap:
    """The phrases at places of their own, off the centre."""
    return UmapMap.from_points(pca_map, np.random.default_rng(1).normal(size=(40, 2)) + 7)


def clusters(swapped: int) -> UmapMap:
    """Two far clusters of 11 phrases each; so many of each are in the other cluster on the map."""
    latents = np.random.default_rng(0).normal(size=(22, 2))
    points = latents.copy()
    latents[11:] += 100
    members = np.arange(22) >= 11
    members[:swapped], members[11 : 11 + swapped] = True, False
    points[members] += 100
    return UmapMap.from_points(PcaMap.fit(latents), points)


def test_the_map_is_centred_and_as_wide_as_the_pca_map(umap_map, pca_map):
    np.testing.assert_allclose(umap_map.points.mean(axis=0), 0, atol=1e-9)
    assert np.square(umap_map.points).sum() == pytest.approx(np.square(pca_map.points).sum())
    np.testing.assert_allclose(umap_map.standard_deviations, umap_map.points.std(axis=0))


def test_a_map_made_of_its_own_points_is_the_same(umap_map, pca_map):
    np.testing.assert_allclose(UmapMap.from_points(pca_map, umap_map.points).points, umap_map.points, atol=1e-12)


def test_the_latent_of_a_phrase_has_the_place_of_the_phrase(umap_map):
    np.testing.assert_allclose(umap_map.project(umap_map.latents), umap_map.points, atol=1e-4)
    np.testing.assert_allclose(umap_map.project(umap_map.latents[4]), umap_map.points[4], atol=1e-4)


def test_a_latent_is_placed_between_the_phrases_that_it_is_nearest_to():
    """Half-way between two phrases, with three others a thousand times as far away."""
    latents = np.array([[-1.0, 0], [1, 0], [0, 1000], [0, 1000.5], [0, -1000]])
    umap_map = UmapMap.from_points(PcaMap.fit(latents), np.array([[0.0, 0], [4, 2], [9, 9], [9, 8], [-30, 1]]))
    np.testing.assert_allclose(umap_map.project(np.zeros(2)), umap_map.points[:2].mean(axis=0), atol=1e-3)


def test_a_point_gives_the_latent_of_the_nearest_phrase(umap_map):
    near = umap_map.points[[3, 8]] + 1e-6
    np.testing.assert_array_equal(umap_map.to_latents(near), umap_map.latents[[3, 8]])


@pytest.mark.parametrize(("swapped", "kept"), [(0, 1.0), (1, 20 * 0.9 / 22)])
def test_neighbours_kept_counts_the_ten_nearest_phrases(swapped, kept):
    """With one swapped, each of 20 phrases has one stranger among its ten neighbours, and the two have only these."""
    assert clusters(swapped).neighbours_kept == pytest.approx(kept)


def test_without_the_package_the_error_says_how_to_install_it(pca_map, monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(PackageError, match="pip install umap-learn"):
        UmapMap.fit(pca_map)


@pytest.mark.slow
def test_umap_keeps_more_neighbours_than_pca_and_gives_the_same_map_again():
    pytest.importorskip("umap", reason="umap-learn, an optional extra, is not installed")
    pca_map = PcaMap.fit(np.random.default_rng(0).normal(size=(300, 8)))
    one, other = UmapMap.fit(pca_map), UmapMap.fit(pca_map)
    np.testing.assert_array_equal(one.points, other.points)
    assert one.neighbours_kept > 1.5 * pca_map.neighbours_kept
