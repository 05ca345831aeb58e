// Types of what comes from outside: the messages of Python, the binary block, Streamlit's component API, and the parts
// of plotly.js that are used. Everything here is global: no module has to import it.

type Vector3 = [number, number, number];

/** Lowest and highest corner, metres. */
type Bounds = [Vector3, Vector3];

/** Functions that undo what an object has set up are called `dispose` everywhere. */
interface Disposable {
  dispose(): void;
}

// ---- Python to JavaScript: mariel/app/components/player.py, chart.py and mariel/export/html.py

type CameraPreset = "three-quarter" | "front" | "left" | "right" | "top";

/** Where the viewer stands; sent to Python and accepted from it. */
interface CameraState {
  preset: CameraPreset | null;
  /** Radians from +x; null until a preset is applied to a scene. */
  azimuth: number | null;
  /** Radians above the horizon. */
  elevation: number;
  /** Metres; null for the distance at which the whole motion fits into the picture. */
  distance: number | null;
  /** Metres from the default target. */
  pan: Vector3;
  follow: boolean;
  mirror: boolean;
}

interface PlayerData {
  /** Names the player: what the viewer did is remembered under it. */
  key: string;
  /** Address of the binary block. */
  block: string;
  /** Address of plotly.js. */
  plotly: string;
  /** Pixels. */
  height?: number;
  /** Players with the same name here share clock and camera. */
  linked: string | null;
  camera: CameraPreset | CameraState | null;
  frame: number | null;
  /** Whether the camera follows the dancer at first. */
  follow?: boolean;
  autoplay: boolean;
  pick?: "markers" | "dancers";
  /** Label of the dancer that is marked as chosen. */
  chosen?: string | null;
  /** Name of the query parameter that keeps the camera. */
  address?: string | null;
  /** Draw through plotly's public functions only. */
  force?: "public" | null;
  dial?: DialData | null;
}

/** A number that the viewer changes in the player: mariel/stage/sweep.py. */
interface DialData {
  /** Players that show the same number have the same name here. */
  name: string;
  label: string;
  /** Of the dances that the scene shows. */
  value: number;
  minimum: number;
  maximum: number;
  step: number;
  /** What the lowest and the highest value mean. */
  ends: [string, string];
  /** Shown when the mouse rests on the dial. */
  note: string;
  /** Identifies the sweep; empty without one. */
  sweep: string;
  /** For each dancer of the scene its number in the sweep; null for one that does not change. */
  dancers: (number | null)[];
}

/** Says where the player finds a sweep. */
interface SweepData {
  /** As `DialData.sweep`. */
  sweep: string;
  /** Address of the binary block. */
  block: string;
}

interface ChartData {
  /** A plotly figure as JSON. */
  figure: string;
  height: number;
  /** What the figure shows, for screen readers. */
  alt: string;
  /** Whether clicks are sent to Python. */
  picks: boolean;
  /** Whether a drag draws a line that is sent to Python. */
  draws: boolean;
  /** Where a player's dance is on the chart while it plays. */
  track: ChartTrack | null;
  plotly: string;
}

interface ChartTrack {
  /** Key of the player, and the name of its link with others, if any. */
  player: string;
  linked: string | null;
  /** How long the dance lasts. */
  seconds: number;
  /** Positions in the chart's data at equal steps of time, from the first frame to the last. */
  points: [number, number][];
}

// ---- JavaScript to Python

/** The value of the component's "state". */
interface PlayerState {
  frame: number;
  time: number;
  playing: boolean;
  speed: number;
  selected: string | null;
  /** Index of the dancer that was just clicked, sent once; -1 for all tiles again. */
  dancer: number | null;
  camera: CameraState;
  /** How bodies are drawn now. */
  style: DrawingStyle;
}

/** The value of the chart's trigger "clicked". */
interface ChartClick {
  x: number;
  y: number;
  /** The point's `customdata`, null beside all points. */
  point: unknown;
}

// ---- The binary block: mariel/stage/packing.py

/** One end of a bone: the columns of the markers whose mean it is. */
type MarkerGroup = number[];

type Side = "L" | "R" | "M";

/** Two axes, each as the line from one mean to another, and a turn about the left one, radians. */
type BodyFrame = [BodyAxis, BodyAxis, number];
type BodyAxis = ["left" | "forward" | "up", number, number];

/** How to draw a body with volume: mariel/stage/body/header.py. Lengths are in body heights. */
interface BodyHeader {
  /** Metres. */
  height: number;
  /** Groups of markers by whose means everything is placed. */
  groups: MarkerGroup[];
  frames: BodyFrame[];
  /** Mean, frame or -1, and the offset in it: left, forward, up. */
  joints: [number, number, number, number, number][];
  /** Name of the shape, side, first and last joint, and the frame whose left is across, or -1. */
  parts: [string, Side, number, number, number][];
  /** Joints from the hips to the neck, where they are on the axis of the trunk, and the frames of pelvis and chest. */
  spine: { joints: number[]; along: number[]; frames: [number, number] } | null;
}

/** How bodies are drawn: with volume, or as lines between dots. */
type DrawingStyle = "figure" | "markers";

/** A dancer as the header of the block describes it. */
interface DancerHeader {
  label: string;
  frames: number;
  /** Names of the markers. */
  labels: string[];
  bones: [MarkerGroup, MarkerGroup][];
  /** One letter per marker: L, R or M. */
  sides: string;
  /** Columns of the markers on the head. */
  head: MarkerGroup;
  /** Columns of left and right markers that tell where the body faces. */
  facing: [number, number][];
  /** Null where nothing tells limbs. */
  body: BodyHeader | null;
  ghost: boolean;
  /** One hex colour for the whole body, or null. */
  colour: string | null;
  origin: Vector3;
  /** Metres per count. */
  step: number;
  bounds: Bounds;
  /** Frames that have marker values: 0, 1 or all. */
  values: number;
  /** Whether bones are coloured by the marker values. */
  painted: boolean;
  /** The values of the lowest and the highest colour, where there are values. */
  range?: [number, number];
}

/** A dancer with its motion unpacked. */
interface Dancer extends DancerHeader {
  /** Positions in steps from the origin, (frames, markers, xyz). */
  counts: Int16Array;
  /** Marker values from 0 to 255, (frames or 1, markers). */
  valueTable: Uint8Array | null;
}

/** One dance of a sweep. */
interface SweptDancer {
  frames: number;
  markers: number;
  origin: Vector3;
  /** Metres per count. */
  step: number;
  /** The box that the dancer stays in, for each value. */
  bounds: Bounds[];
  /** Positions in steps from the origin, (values, frames, markers, xyz). */
  counts: Int16Array;
}

interface Sweep {
  /** Evenly spaced. */
  values: number[];
  dancers: SweptDancer[];
}

/** One dance of a sweep at one value, blended from four. */
interface Blend {
  dancer: SweptDancer;
  /** Number of the first of the four values. */
  first: number;
  weights: number[];
}

interface Curve {
  label: string;
  colour: string | null;
  /** One value per frame; null where there is none. */
  values: (number | null)[];
}

interface SceneHeader {
  fps: number;
  frames: number;
  title: string;
  /** Labels of the markers that leave a trail. */
  trails: string[];
  floor: boolean;
  /** At first; the viewer can change it. */
  style: DrawingStyle;
  markers: boolean;
  /** Cross-sections of the parts of bodies: along, beyond, half width, half depth and shift of each. */
  shapes: Record<string, number[][]>;
  /** The direction from which several dancers are seen from the front, radians from +x, or null. */
  front: number | null;
  unit: string;
  curves: Curve[];
  /** The tile of each dancer, from 0; null where all share one floor. */
  tiles: number[] | null;
  dancers: Dancer[];
}

// ---- palette.json

/** Colours of a body with volume; a limb's left is lighter than its right. */
interface FigurePalette {
  left: string;
  right: string;
  middle: string;
  face: string;
  hair: string;
  /** What a dancer's own colour is mixed with for its left, and for its right. */
  tint: string;
  shade: string;
  shadow: string;
}

interface StagePalette {
  figure: FigurePalette;
  backdrop: string;
  floor: string;
  shadow: string;
  left: string;
  right: string;
  middle: string;
  /** Of a ghost, all of it. */
  ghost: string;
  marker: string;
  selected: string;
  accent: string;
  /** Colours from the lowest to the highest value, of dancers and of charts. */
  scale: string[];
  ink: string;
  soft_ink: string;
  line: string;
  chip: string;
  bar: string;
  gradient: string;
  menu: string;
  menu_ink: string;
  surround: string;
}

interface Palette {
  stage: { light: StagePalette; dark: StagePalette };
  page: { light: Record<string, string>; dark: Record<string, string> };
  charts: { accent: string; hover_border: string; [name: string]: unknown };
}

// ---- Streamlit's component API, version 2

interface ComponentArguments<Data> {
  parentElement: HTMLElement;
  data: Data;
  setStateValue(name: string, value: unknown): void;
  setTriggerValue(name: string, value: unknown): void;
}

// ---- plotly.js, its public part; what is used beyond it is declared in plotly/plotly_internals.js

/** Coordinates of a trace, metres; NaN lifts the pen. */
interface PointArrays {
  x: number[] | Float32Array;
  y: number[] | Float32Array;
  z: number[] | Float32Array;
}

interface PlotlyVector {
  x: number;
  y: number;
  z: number;
}

interface PlotlyCamera {
  eye: PlotlyVector;
  center: PlotlyVector;
  up: PlotlyVector;
}

/** What the element of a figure carries: the data and the layout that plotly was given. */
interface PlotlyElement extends HTMLElement {
  data: any[];
  layout: any;
}

interface PlotlyLibrary {
  react(element: HTMLElement, data: object[], layout: object, config: object): Promise<PlotlyElement>;
  restyle(element: HTMLElement, update: object, traces: number[]): Promise<PlotlyElement>;
  relayout(element: HTMLElement, update: object): Promise<PlotlyElement>;
  purge(element: HTMLElement): void;
  /** Address of the image as a data: URL. */
  toImage(element: HTMLElement, options: { format: string; width: number; height: number; scale: number }): Promise<string>;
  Fx: { hover(element: HTMLElement, points: { curveNumber: number; pointNumber: number }[]): void };
}

interface Window {
  Plotly: PlotlyLibrary;
}

// ---- Set by the exported page before its module starts: mariel/export/html_page/page.html

declare const browserSupported: boolean;
