"""Browse: choose a take and a phrase of it, watch it, and see its quality."""

import streamlit as st

from mariel.app.browse import browse_view
from mariel.app.browse.compared_dance import phrase_scene, pick_compared_dance, scene_credit, scene_name
from mariel.app.components.player import show_player
from mariel.app.shell.first_screen import stage_area
from mariel.app.shell.layout import open_page
from mariel.app.shell.query_params import BROWSE_PLAYER, BROWSE_STAGE, CAMERA
from mariel.app.widgets.bodies.body_choice import body_credit
from mariel.app.widgets.downloads.download_control import show_downloads
from mariel.app.widgets.favourites.favourites_list import show_favourites
from mariel.app.widgets.files.file_form import show_file_form, show_questions_hint, with_answers
from mariel.app.widgets.pickers import pick_body_view, pick_phrase, pick_take
from mariel.app.widgets.recordings import pick_recordings, profile_of, quality_of, show_title
from mariel.app.widgets.timeline import show_timeline
from mariel.motion.recording import format_duration
from mariel.stage.side_by_side import held_positions

open_page()
recordings = pick_recordings()
take = with_answers(opened_take := pick_take(recordings), recordings.trim)
options = browse_view.pick_take_body(take, recordings, pick_body_view(take))

show_title(
    take.name.replace("_", " "),
    f"{format_duration(take.duration)} · {len(take):,} frames · {len(take.marker_set)} markers · {take.fps:g} fps",
    synthetic=take.synthetic,
)
browse_view.show_start(take)
hint = show_questions_hint(opened_take)
main, side = st.columns([3.4, 1], gap="medium")
with main:
    stage = stage_area(BROWSE_STAGE, beside=372, beside_on_phone=430 + hint)
    timeline_area = st.container()
    phrase, timeline_options = pick_phrase(take)
    compared = pick_compared_dance(recordings, take, phrase)
    scene = phrase_scene(take, phrase, options, compared)

with stage:
    state = show_player(scene, key=BROWSE_PLAYER, height=500, autoplay=True, address=CAMERA.key)
with side:
    show_file_form(opened_take, take)
    browse_view.show_phrase_quality(phrase, quality_of(phrase), phrase.start - take.start)
    browse_view.show_marker(phrase, state.selected, options.trails, beside=compared.phrase if compared else None)
    show_downloads(
        scene,
        key=BROWSE_PLAYER,
        name=scene_name(take, phrase, compared),
        credit=body_credit(scene_credit(take, phrase, compared), options.change),
        positions=held_positions(scene) if compared else None,
        camera=state.camera,
    )
    browse_view.show_keep_phrase(take, phrase, scene.dancers[0], options)
with timeline_area:
    show_timeline(take, profile_of(take), phrase, options=timeline_options)

show_favourites()
browse_view.show_phrase_row(take, phrase, options)
