// Where the camera looks, and how far it has to be for everything to be in the picture.

import { Projection, fitPoints } from "./camera.js";
import { WALL_CENTRE } from "./tiles.js";

/** @import { Camera, Fit } from "./camera.js" */
/** @import { SceneGeometry } from "./scene_geometry.js" */

/** @typedef {{ width: number, height: number }} Size pixels */

const BODY_CENTRE = 0.88; // metres above the floor
const BODY_HEIGHT = 1.75; // metres
const BODY_RADIUS = 0.6; // metres, arms spread
const BUTTONS_HEIGHT = 46; // pixels at the top of the stage
const TITLE_HEIGHT = 14; // pixels more where title and legend are below them
const NAMES_HEIGHT = 16; // pixels at the bottom for the names of dancers
const MAX_TOP_MARGIN = 0.25; // of the stage's height
const NARROW = 600; // pixels
const WIDE = 1000; // pixels; a dancer in the middle of a stage so wide is not behind the buttons at its right
const CORNER = { width: 64, height: 112 }; // pixels at the lower right that buttons take on a narrow stage
const EDGE = 4; // pixels between a name and the stage's edge
const NAME_HEIGHT = 16; // pixels
const NAME_GAP = 8; // pixels between two names
const MIN_NAME_WIDTH = 40; // pixels

/**
 * The centre of the motion, or the dancer who is followed.
 * @param {SceneGeometry} geometry
 * @param {Camera} camera
 * @returns {Vector3}
 */
export function cameraTarget(geometry, camera) {
  if (geometry.tiles) return [camera.pan[0], camera.pan[1], WALL_CENTRE + camera.pan[2]];
  const [low, high] = geometry.bounds;
  const followed = camera.follow ? geometry.mainDancer.centre : null;
  const [x, y] = followed ?? [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2];
  return [x + camera.pan[0], y + camera.pan[1], geometry.floorHeight + BODY_CENTRE + camera.pan[2]];
}

/**
 * How to show the whole motion, or the one dancer who is followed.
 * @param {SceneGeometry} geometry
 * @param {Camera} camera
 * @param {Size} size of the picture
 * @returns {Fit}
 */
export function fitScene(geometry, camera, { width, height }) {
  const target = cameraTarget(geometry, camera);
  const points = camera.follow && !geometry.tiles ? bodyCorners(target, geometry.floorHeight) : geometry.motionCorners;
  // Where there are several dancers, or the stage is not wide, somebody's head would be behind the buttons.
  const { dancers } = geometry.header;
  const narrow = width < NARROW;
  const top = narrow ? BUTTONS_HEIGHT + TITLE_HEIGHT : geometry.onlyDancer && width >= WIDE ? 0 : BUTTONS_HEIGHT;
  const named = narrow && !geometry.tiles && dancers.some(({ label }) => label);
  const margins = { top: Math.min(MAX_TOP_MARGIN, top / height), bottom: named ? NAMES_HEIGHT / height : 0 };
  return fitPoints(camera, target, points, width / height, margins);
}

/**
 * @param {SceneGeometry} geometry
 * @param {Camera} camera
 * @param {Size} size of the picture
 */
export function projectScene(geometry, camera, size) {
  const target = cameraTarget(geometry, camera);
  if (camera.distance !== null) return new Projection(camera, target, camera.distance, size.width, size.height);
  const { distance, shift } = fitScene(geometry, camera, size);
  /** @type {Vector3} */
  const shifted = [target[0] + shift[0], target[1] + shift[1], target[2] + shift[2]];
  return new Projection(camera, shifted, distance, size.width, size.height);
}

/**
 * Corners of the space that one body needs.
 * @param {Vector3} target
 * @param {number} floorHeight
 * @returns {Vector3[]}
 */
function bodyCorners([x, y], floorHeight) {
  /** @type {Vector3[]} */
  const corners = [];
  for (const dx of [BODY_RADIUS, -BODY_RADIUS]) {
    for (const dy of [BODY_RADIUS, -BODY_RADIUS]) {
      corners.push([x + dx, y + dy, floorHeight], [x + dx, y + dy, floorHeight + BODY_HEIGHT]);
    }
  }
  return corners;
}

/**
 * Where the middle of a dancer's name is, so that the name is neither cut off nor behind the buttons.
 * @param {number} x of the dancer, pixels
 * @param {number} y of the name, pixels
 * @param {number} nameWidth pixels
 * @param {Size} size of the picture
 */
export function nameCentre(x, y, nameWidth, { width, height }) {
  const beside = width < NARROW && y > height - CORNER.height ? CORNER.width : 0;
  const [left, right] = [EDGE + nameWidth / 2, width - EDGE - beside - nameWidth / 2];
  return x > right ? Math.max(left, right) : Math.max(left, x);
}

/**
 * How wide a dancer's name may be, so that it does not run into another at the same height.
 * @param {ArrayLike<number>[]} places x and y of all names, pixels
 * @param {number} i the name's number
 * @returns {number} pixels; infinite where no other name is beside it
 */
export function nameRoom(places, i) {
  const room = places
    .filter((place, j) => j !== i && Math.abs(place[1] - places[i][1]) < NAME_HEIGHT)
    .map((place) => Math.abs(place[0] - places[i][0]) - NAME_GAP);
  return Math.max(MIN_NAME_WIDTH, Math.min(...room));
}
