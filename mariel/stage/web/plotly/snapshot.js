// The drawn scene as an image larger than on screen.

/**
 * The scene of an element, drawn anew with so many pixels for each of the page's.
 * @param {PlotlyLibrary} Plotly
 * @param {HTMLElement} element
 * @param {number} ratio
 * @returns {Promise<CanvasImageSource>}
 */
export async function snapshot(Plotly, element, ratio) {
  return directSnapshot(element, ratio) ?? publicSnapshot(Plotly, element, ratio);
}

/**
 * From plotly's own canvas: as it is drawn now, with all that the player has written into plotly's buffers. The browser
 * clears the canvas once it has been shown, so it is drawn and copied at once.
 * @param {HTMLElement} element
 * @param {number} ratio
 * @returns {HTMLCanvasElement | null} null where plotly keeps its scene elsewhere
 */
function directSnapshot(element, ratio) {
  const plot = /** @type {any} */ (element)._fullLayout?.scene?._scene?.glplot;
  const canvas = plot?.canvas;
  if (!(canvas instanceof HTMLCanvasElement) || typeof plot.redraw !== "function") return null;
  const { width, height } = canvas;
  const before = plot.pixelRatio;
  const most = plot.gl.getParameter(plot.gl.MAX_RENDERBUFFER_SIZE) / Math.max(canvas.clientWidth, canvas.clientHeight);
  const copy = document.createElement("canvas");
  try {
    plot.pixelRatio = Math.min(ratio, most);
    canvas.width = Math.ceil(canvas.clientWidth * plot.pixelRatio);
    canvas.height = Math.ceil(canvas.clientHeight * plot.pixelRatio);
    plot.redraw();
    Object.assign(copy, { width: canvas.width, height: canvas.height });
    copy.getContext("2d")?.drawImage(canvas, 0, 0);
  } finally {
    plot.pixelRatio = before;
    Object.assign(canvas, { width, height });
    plot.redraw();
  }
  return copy;
}

/**
 * @param {PlotlyLibrary} Plotly
 * @param {HTMLElement} element
 * @param {number} ratio
 * @returns {Promise<HTMLImageElement>}
 */
async function publicSnapshot(Plotly, element, ratio) {
  const { clientWidth: width, clientHeight: height } = element;
  const image = new Image();
  image.src = await Plotly.toImage(element, { format: "png", width, height, scale: ratio });
  await image.decode();
  return image;
}
