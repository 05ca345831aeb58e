// What has been drawn so far, kept as an image: as long as it stays the same, one rectangle takes the place of all its
// triangles. Where the browser cannot do that, only speed is lost.

const VERTEX = "attribute vec2 place; varying vec2 at; void main() { at = place * 0.5 + 0.5; gl_Position = vec4(place, 0, 1); }";
const FRAGMENT = "precision mediump float; uniform sampler2D image; varying vec2 at; void main() { gl_FragColor = texture2D(image, at); }";

export class StillImage {
  /** @param {WebGLRenderingContext} gl */
  constructor(gl) {
    this.gl = gl;
    /** @type {ReturnType<typeof makeParts> | undefined} null where it cannot be made */
    this.parts = undefined;
    /** What was drawn last: see `draw`. @type {unknown[]} */
    this.shown = [];
    this.kept = false;
    /** How often that has been drawn. */
    this.count = 0;
  }

  /**
   * Draw the image, if it shows this.
   * @param {unknown[]} shown all that it depends on, compared by identity
   * @returns {boolean} whether it does
   */
  draw(shown) {
    const { gl } = this;
    const now = [gl.drawingBufferWidth, gl.drawingBufferHeight, ...shown];
    if (now.length !== this.shown.length || now.some((value, i) => value !== this.shown[i])) {
      Object.assign(this, { shown: now, kept: false, count: 0 });
    }
    this.count += 1;
    if (!this.kept || !this.parts) return false;
    const { extension, program, arrays, texture } = this.parts;
    gl.useProgram(program);
    extension.bindVertexArrayOES(arrays);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.disable(gl.BLEND);
    gl.disable(gl.DEPTH_TEST);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    gl.enable(gl.DEPTH_TEST);
    gl.clear(gl.DEPTH_BUFFER_BIT);
    extension.bindVertexArrayOES(null);
    return true;
  }

  /** Keep what is drawn now, if it has been drawn before: what changes in every frame is not worth it. */
  keep() {
    if (this.count < 2) return;
    const { gl } = this;
    if (this.parts === undefined) this.parts = makeParts(gl);
    if (!this.parts) return;
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.parts.texture);
    gl.copyTexImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight, 0);
    this.kept = true;
  }
}

/**
 * @param {WebGLRenderingContext} gl
 * @returns {{ extension: OES_vertex_array_object, program: WebGLProgram, arrays: object, texture: WebGLTexture } | null}
 */
function makeParts(gl) {
  const extension = gl.getExtension("OES_vertex_array_object");
  const program = gl.createProgram();
  if (!extension || !program) return null;
  for (const [type, source] of /** @type {[number, string][]} */ ([[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]])) {
    const shader = gl.createShader(type);
    if (!shader) return null;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.bindAttribLocation(program, 0, "place");
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return null;
  const arrays = extension.createVertexArrayOES();
  const texture = gl.createTexture();
  if (!arrays || !texture) return null;
  extension.bindVertexArrayOES(arrays);
  gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([-1, -1, 1, -1, -1, 1, 1, 1]), gl.STATIC_DRAW);
  gl.enableVertexAttribArray(0);
  gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
  extension.bindVertexArrayOES(null);
  gl.bindTexture(gl.TEXTURE_2D, texture);
  for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, name, gl.NEAREST);
  for (const name of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, name, gl.CLAMP_TO_EDGE);
  return { extension, program, arrays, texture };
}
