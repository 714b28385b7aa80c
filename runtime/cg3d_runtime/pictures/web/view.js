
const SLOW = 60;              // milliseconds; a graphics card takes 1, its emulation on a processor may take 500
const REACH = 10;             // CSS pixels between the pointer and a point that it points to
const AXIS_COLOURS = ["#e5484d", "#30a46c", "#3e8bff"];

const byHeight = document.getElementById("by-height");  // not on every page
let sharpness = 2;            // pixels drawn for one of CSS, on each axis: smooth edges without antialiasing
let slowInARow = 0;           // draws; the first ones are, while shaders are compiled
let renderer = null;          // made when the first cloud comes into view

/** The shared renderer; a new one where the browser has taken the old one's context away. */
function currentRenderer() {
  if (!renderer || renderer.lost) renderer = new PointRenderer(JSON.parse(document.querySelector("main").dataset.heights));
  return renderer;
}

/** Where there is no graphics card, turning without a jerk is worth more than smooth edges. */
function adaptSharpness(milliseconds) {
  slowInARow = milliseconds > SLOW ? slowInARow + 1 : 0;
  if (slowInARow === 4) sharpness = 1;
}

/** The points of a card, decoded; see markup.py for the layout. */
function decode(canvas) {
  const cloud = JSON.parse(canvas.dataset.cloud);
  const text = atob(canvas.parentElement.querySelector("script").textContent);
  cloud.bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) cloud.bytes[i] = text.charCodeAt(i);
  cloud.steps = new Uint16Array(cloud.bytes.buffer, 0, 3 * cloud.count);
  const [low, high] = cloud.height, range = Math.max(high - low, cloud.step), up = cloud.turn[2];
  const bottom = up.reduce((sum, a, i) => sum + a * cloud.origin[i], 0);
  cloud.toHeight = [...up.map((a) => a * cloud.step / range), (bottom - low) / range];
  return cloud;
}

/** Where a place, in steps, is seen, in [-1, 1], and how far from the eye. */
function projected(m, x, y, z) {
  const w = m[3] * x + m[7] * y + m[11] * z + m[15];
  return [(m[0] * x + m[4] * y + m[8] * z + m[12]) / w, (m[1] * x + m[5] * y + m[9] * z + m[13]) / w, w];
}

/** One card's view: its camera, and what the pointer and the keys do to it. */
class View {
  constructor(canvas, camera = new Camera()) {
    this.canvas = canvas;
    this.card = canvas.closest(".card");
    this.tip = this.card.querySelector(".tip");
    this.camera = camera;
    this.pointers = new Map();  // fingers, or the mouse with a button down
    this.visible = this.waiting = this.moved = false;
    this.pointed = -1;
    const on = (name, handle, options) => canvas.addEventListener(name, handle.bind(this), options);
    on("pointerdown", this.press);
    on("pointermove", this.drag);
    for (const name of ["pointerup", "pointercancel"]) on(name, this.release);
    on("pointerleave", () => this.point(-1));
    on("wheel", this.wheel, { passive: false });
    on("keydown", this.key);
    on("dblclick", this.enlarge);
    this.card.querySelector(".enlarge").addEventListener("click", this.enlarge.bind(this));
  }

  show(visible) {
    this.visible = visible;
    if (visible) this.redraw();
    else this.canvas.width = this.canvas.height = 0;  // a megabyte back; CSS keeps its place
  }

  /** Draw with the next frame, once however often it is asked for. */
  redraw() {
    if (this.waiting || !this.visible) return;
    this.waiting = true;
    requestAnimationFrame(() => { this.waiting = false; if (this.visible) this.draw(); });
  }

  draw() {
    const { canvas, camera } = this;
    const width = Math.round(canvas.clientWidth * sharpness), height = Math.round(canvas.clientHeight * sharpness);
    if (!width || !height) return;
    this.cloud ??= this.decode();
    const started = performance.now();
    try {
      const shared = currentRenderer();
      shared.draw(this.cloud, camera, width, height, byHeight?.checked ?? false);
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
      const context = canvas.getContext("2d");
      context.clearRect(0, 0, width, height);
      context.drawImage(shared.canvas, 0, shared.canvas.height - height, width, height, 0, 0, width, height);
      adaptSharpness(performance.now() - started);
      this.drawOver(context, width, height);
      this.drawAxes(context, width, height);
      this.drawPointed(context, width, height);
      canvas.dataset.drawn = Number(canvas.dataset.drawn ?? 0) + 1;
    } catch (error) {
      this.tip.textContent = `${error.message}: the points cannot be drawn.`;
      this.tip.hidden = false;
    }
  }

  // What pages of other things do otherwise: read the points, draw over them, tell about one, be tapped on one.
  decode() { return decode(this.canvas); }
  drawOver(_context, _width, _height) {}
  tell(index) { return this.coordinates(index); }
  tap(_index) {}

  /** The axes of the file, in the lower right corner. */
  drawAxes(context, width, height) {
    const unit = height / this.canvas.clientHeight;
    const axes = this.camera.axes(this.cloud), length = 18 * unit, x = width - 30 * unit, y = height - 30 * unit;
    const far = [0, 1, 2].sort((a, b) => axes[2][a] - axes[2][b]);
    context.lineWidth = 2 * unit;
    context.font = `bold ${10 * unit}px system-ui, sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (const i of far) {
      context.strokeStyle = context.fillStyle = AXIS_COLOURS[i];
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(x + length * axes[0][i], y - length * axes[1][i]);
      context.stroke();
      context.fillText("xyz"[i], x + 1.4 * length * axes[0][i], y - 1.4 * length * axes[1][i]);
    }
  }

  drawPointed(context, width, height) {
    if (this.pointed < 0) return;
    const [x, y] = this.project(this.camera.matrix(this.cloud, width, height), this.pointed);
    context.strokeStyle = getComputedStyle(this.card).color;
    context.lineWidth = 1.5 * height / this.canvas.clientHeight;
    context.beginPath();
    context.arc((x + 1) / 2 * width, (1 - y) / 2 * height, 3 * context.lineWidth, 0, 2 * Math.PI);
    context.stroke();
  }

  /** Where a point is seen, in [-1, 1], and how far from the eye. */
  project(m, index) {
    const s = this.cloud.steps, i = 3 * index;
    return projected(m, s[i], s[i + 1], s[i + 2]);
  }

  /** The point that one means at (x, y) CSS pixels: close to the pointer, and rather in front than behind. */
  pick(x, y) {
    if (!this.cloud) return -1;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const matrix = this.camera.matrix(this.cloud, width, height);
    let best = -1, least = Infinity;
    for (let i = 0; i < this.cloud.count; i++) {
      const [px, py, depth] = this.project(matrix, i);
      const off = Math.hypot((px + 1) / 2 * width - x, (1 - py) / 2 * height - y);
      const cost = off / REACH + 4 * depth;   // a tenth of a radius nearer makes up for 4 pixels
      if (off < REACH && depth > NEAR && cost < least) [best, least] = [i, cost];
    }
    return best;
  }

  /** Mark a point, and tell its coordinates in the frame of the file. */
  point(index) {
    if (index === this.pointed) return;
    this.pointed = index;
    this.tip.hidden = index < 0;
    if (index >= 0) this.tip.textContent = this.tell(index);
    this.redraw();
  }

  coordinates(index) {
    const { steps, origin, step } = this.cloud;
    const digits = Math.min(Math.max(Math.ceil(-Math.log10(step)) - 1, 0), 6);
    return [0, 1, 2].map((a) => `${"xyz"[a]} ${(origin[a] + step * steps[3 * index + a]).toFixed(digits)}`).join("  ");
  }

  press(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, event);
    this.moved = false;
    this.point(-1);
  }

  /** A tap, which has not moved, points as a mouse does that hovers. */
  release(event) {
    this.pointers.delete(event.pointerId);
    if (event.type !== "pointerup" || this.moved) return;
    this.point(this.pick(event.offsetX, event.offsetY));
    this.tap(this.pointed);
  }

  drag(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return this.point(this.pick(event.offsetX, event.offsetY));
    const side = Math.min(this.canvas.clientWidth, this.canvas.clientHeight);
    const x = (event.clientX - before.clientX) / side, y = (event.clientY - before.clientY) / side;
    if (this.pointers.size === 2) this.pinch(event, before);
    else if (event.shiftKey) this.camera.move(2 * x, 2 * y);
    else this.camera.turn(4 * x, 4 * y);
    this.pointers.set(event.pointerId, event);
    this.moved ||= x !== 0 || y !== 0;
    this.redraw();
  }

  pinch(event, before) {
    const [other] = [...this.pointers.values()].filter((pointer) => pointer.pointerId !== event.pointerId);
    const apart = (pointer) => Math.hypot(pointer.clientX - other.clientX, pointer.clientY - other.clientY);
    this.camera.scale(apart(event) / Math.max(apart(before), 1));
  }

  /** The wheel scrolls the page unless one has clicked the cloud, or holds Ctrl (which is what a touchpad's pinch sends). */
  wheel(event) {
    if (!event.ctrlKey && document.activeElement !== this.canvas) return;
    event.preventDefault();
    this.camera.scale(Math.exp(-event.deltaY / 500));
    this.redraw();
  }

  key(event) {
    const turn = Math.PI / 24, camera = this.camera;
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const actions = { "+": () => camera.scale(1.2), "=": () => camera.scale(1.2), "-": () => camera.scale(1 / 1.2), 0: () => camera.reset(), Enter: () => this.enlarge() };
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in arrows || event.key in actions)) return;
    event.preventDefault();
    const [x, y] = arrows[event.key] ?? [0, 0];
    if (event.key in actions) actions[event.key]();
    else if (event.shiftKey) camera.move(0.1 * x, 0.1 * y);
    else camera.turn(turn * x, turn * y);
    this.redraw();
  }

  enlarge() {
    this.card.classList.toggle("large");
    this.card.scrollIntoView({ block: "nearest" });
  }
}

/** A view for every canvas. Only what is near the window is decoded and drawn; a page of hundreds of scans opens at once. */
function watched(Kind) {
  const views = new Map(Array.from(document.querySelectorAll("canvas"), (canvas) => [canvas, new Kind(canvas)]));
  const nearWindow = new IntersectionObserver(
    (entries) => entries.forEach((entry) => views.get(entry.target).show(entry.isIntersecting)),
    { rootMargin: "300px" },
  );
  const resized = new ResizeObserver((entries) => entries.forEach((entry) => views.get(entry.target).redraw()));
  for (const canvas of views.keys()) {
    nearWindow.observe(canvas);
    resized.observe(canvas);
  }
  return views;
}
