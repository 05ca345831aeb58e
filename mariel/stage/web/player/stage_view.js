// One scene on the stage: its geometry, colours and camera, and the picture that is drawn of them.

import { cameraAxes } from "../scene/camera.js";
import { SceneGeometry } from "../scene/scene_geometry.js";
import { fitScene, projectScene } from "../scene/framing.js";

/** @import { PlotlyScene } from "../plotly/plotly_scene.js" */
/** @import { TraceStyle } from "../plotly/plotly_internals.js" */
/** @import { Camera, Projection } from "../scene/camera.js" */
/** @import { Theme } from "../theme.js" */
/** @import { Memory } from "./memory.js" */
/** @import { Size } from "../scene/framing.js" */

const SCALE_THRESHOLD = 0.04; // relative change of the scale from which bones get another width

export class StageView {
  /**
   * @param {SceneHeader} header
   * @param {Theme} theme
   * @param {Size} size of the picture
   * @param {Camera} camera
   * @param {Memory} memory
   */
  constructor(header, theme, size, camera, memory) {
    this.header = header;
    this.geometry = new SceneGeometry(header, styleOf(memory, header), memory.strobe);
    this.theme = theme;
    this.size = size;
    this.camera = camera;
    this.memory = memory;
    /** @type {PlotlyScene | null} null until it is built */
    this.picture = null;
    /** @type {(projection: Projection) => void} called when the camera has moved */
    this.onProjection = () => {};
    this.shadedFrom = ""; // the direction of the camera that light and shade are for
    this.drawnFrame = -1;
    this.drawnScale = 0; // pixels per metre
    /** @type {number[]} when frames of the last second were drawn, milliseconds */
    this.drawnTimes = [];
  }

  get fit() {
    return fitScene(this.geometry, this.camera, this.size);
  }

  get projection() {
    return projectScene(this.geometry, this.camera, this.size);
  }

  /** The direction that the dancer faces in this frame, or from which several are seen best; radians from +x. */
  get front() {
    const { geometry, header } = this;
    return geometry.onlyDancer?.facing ?? header.front ?? geometry.mainDancer.facing ?? -Math.PI / 2;
  }

  /** The direction of the front of several dancers in a row, radians from +x; null where there is no row. */
  get row() {
    return this.geometry.onlyDancer || this.header.tiles ? null : this.header.front;
  }

  /** Whether there are so many dancers that they are seen from above. */
  get raised() {
    return this.header.dancers.length > 3 && !this.header.tiles;
  }

  /** @param {CameraPreset} preset */
  applyPreset(preset) {
    this.camera.applyPreset(preset, this.front, this.raised);
  }

  /**
   * Show this scene in a picture.
   * @param {PlotlyScene} picture
   * @param {boolean} forcePublic
   */
  async buildIn(picture, forcePublic) {
    if (this.geometry.arrangeTiles(this.camera, this.size)) this.geometry.setFrame(this.geometry.frame);
    this.colourMeshes();
    await picture.show(this.geometry, {
      theme: this.theme,
      selected: this.memory.selected,
      ...this.size,
      pixelsPerMetre: this.projection.pixelsPerMetre,
      camera: (centre) => this.projection.plotlyCamera(centre),
      forcePublic,
    });
  }

  /** @param {PlotlyScene} picture that shows this scene */
  start(picture) {
    this.picture = picture;
    this.drawnFrame = this.geometry.frame;
    this.applyStyles();
  }

  /**
   * Draw a frame, if it is not on screen already.
   * @param {number} frame
   * @returns {boolean} whether it was drawn
   */
  drawFrame(frame) {
    if (frame === this.drawnFrame) return false;
    const { geometry, theme } = this;
    geometry.setFrame(frame);
    /** @type {Record<string, TraceStyle>} */
    const styles = {};
    if (geometry.dotColoursChange) {
      styles.dots = { colours: geometry.dotColours(theme, frame, this.memory.selected) };
    }
    if (geometry.tiles?.follows) this.picture?.moveFloors(geometry);
    if (geometry.hasMeshes) this.faceViewer(false);
    if (geometry.lineColoursChange) styles.lines = { colours: geometry.lineColours(theme, frame) };
    this.picture?.draw(styles);
    if (this.camera.follow && !geometry.tiles) this.applyCamera();
    this.drawnFrame = frame;
    this.countFrame();
    return true;
  }

  /** Draw the present frame again, after something else than the time has changed. */
  redraw() {
    const frame = this.drawnFrame;
    this.drawnFrame = -1;
    this.drawFrame(frame);
  }

  /**
   * Show each dancer at a dial's value, or, where it is null, as the scene has it.
   * @param {(Blend | null)[]} blends
   * @returns {boolean} whether any has changed
   */
  setBlends(blends) {
    const { geometry } = this;
    if (geometry.dancers.every(({ blend }, i) => blend === null && blends[i] === null)) return false;
    geometry.dancers.forEach((dancer, i) => (dancer.blend = blends[i]));
    geometry.updateMotion();
    if (!geometry.tiles) this.redraw();
    this.applyCamera();
    return true;
  }

  /** Everything but positions: colours of the theme, sizes for the distance, the selected marker. */
  applyStyles() {
    const { picture, geometry, theme } = this;
    if (!picture) return;
    const { selected } = this.memory;
    const { pixelsPerMetre } = this.projection;
    const sizes = geometry.sizes(pixelsPerMetre, selected);
    this.drawnScale = pixelsPerMetre;
    /** @type {Record<string, TraceStyle>} */
    const styles = { floor: { colours: picture.floorColours(theme) } };
    if ("lines" in picture.traces) {
      styles.lines = { colours: geometry.lineColours(theme, geometry.frame), size: sizes.bone };
      styles.dots = { colours: geometry.dotColours(theme, geometry.frame, selected), size: sizes.dots };
    }
    this.colourMeshes();
    picture.draw(styles);
    this.applyCamera();
  }

  /** Colours of the theme, lit as the camera stands now. */
  colourMeshes() {
    if (!this.geometry.hasMeshes) return;
    this.geometry.colourMeshes(this.theme);
    this.faceViewer(true);
  }

  /** @param {boolean} turned whether the camera has */
  faceViewer(turned) {
    const { pixelsPerMetre } = this.projection;
    this.geometry.faceViewer(this.theme, cameraAxes(this.camera), pixelsPerMetre, turned);
    if (turned) this.shadedFrom = directionOf(this.camera);
  }

  /** A body is lit from the camera's side, and ribbons face it: both follow when it turns. */
  applyLight() {
    if (!this.geometry.hasMeshes || directionOf(this.camera) === this.shadedFrom) return;
    this.faceViewer(true);
    this.picture?.draw({});
  }

  /**
   * Past poses are shown from a frame on.
   * @param {number} frame
   */
  setStart(frame) {
    if (frame === this.geometry.start) return;
    this.geometry.start = frame;
    if (this.geometry.strobe && this.picture) this.redraw();
  }

  applyCamera() {
    if (!this.picture) return;
    if (this.geometry.arrangeTiles(this.camera, this.size)) {
      this.picture.moveFloors(this.geometry);
      this.redraw();
    }
    const { projection } = this;
    if (this.geometry.setViewer(projection.eye)) this.redraw();
    this.applyLight();
    this.picture.setCamera(projection.plotlyCamera(this.picture.centre));
    const change = projection.pixelsPerMetre / (this.drawnScale || projection.pixelsPerMetre);
    if (Math.abs(Math.log(change)) > SCALE_THRESHOLD) this.applyStyles();
    this.onProjection(projection);
  }

  /** @param {Size} size */
  async resize(size) {
    this.size = size;
    await this.picture?.resize(size.width, size.height);
    if (!this.geometry.hasMeshes) return;
    this.colourMeshes();
    this.picture?.draw({}); // plotly has drawn meshes as they were when it built them
  }

  countFrame() {
    const now = performance.now();
    this.drawnTimes.push(now);
    while (this.drawnTimes[0] < now - 1000) this.drawnTimes.shift();
  }

  /** Frames drawn in the last second. */
  get framesPerSecond() {
    return this.drawnTimes.length;
  }

  dispose() {
    this.picture?.dispose();
    this.picture = null;
  }
}

/**
 * How bodies are drawn: as the viewer has chosen, until the page asks for something else.
 * @param {Memory} memory
 * @param {SceneHeader} header
 */
export function styleOf({ style }, header) {
  return style?.requested === header.style ? style.chosen : header.style;
}

/** @param {Camera} camera */
const directionOf = ({ azimuth, elevation }) => `${azimuth} ${elevation}`;
