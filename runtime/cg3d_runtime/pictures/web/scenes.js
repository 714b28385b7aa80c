
const NO_OBJECT = 65535;
const LABEL_SIZE = 12;        // CSS pixels
const LABEL_LETTERS = 26;
const EDGES = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((a) => [1, 2, 4].filter((bit) => !(a & bit)).map((bit) => [a, a | bit]));

/** An eye that starts from where the scene is seen best, and so that all of it is seen. */
class SceneCamera extends Camera {
  constructor(start) {
    super();
    this.start = start;
    this.reset();
  }

  reset() {
    super.reset();
    Object.assign(this, this.start);
    this.fitted = false;
  }

  /** Fill the view with the scene: but for a few stray points, or with its objects and the bulk of its points. */
  fit(cloud, width, height) {
    const matrix = this.matrix(cloud, width, height);
    const stride = 3 * Math.ceil(cloud.count / 3000), places = [];
    for (let i = 0; i < 3 * cloud.count; i += stride) places.push(projected(matrix, ...cloud.steps.subarray(i, i + 3)));
    const corners = cloud.bulk ? cloud.boxes.flat().map((corner) => projected(matrix, ...toSteps(cloud, corner))) : [];
    const seen = (list, axis) => list.filter((place) => place[2] > NEAR).map((place) => place[axis]);
    const [x, y] = [0, 1].map((axis) => middle(seen(places, axis), seen(corners, axis), cloud.bulk ?? [0.002, 0.998]));
    this.scale(0.92 / Math.max(x.reach, y.reach, 0.01));
    this.shift = [-x.at * this.zoom, -y.at * this.zoom];
    this.fitted = true;
  }
}

/** The middle of some numbers and of the bulk of others, between two shares of them; and how far from it they reach. */
function middle(numbers, whole, [from, to]) {
  numbers.sort((a, b) => a - b);
  const ends = [numbers[Math.floor(from * numbers.length)], numbers[Math.ceil(to * numbers.length) - 1], ...whole];
  const low = Math.min(...ends), high = Math.max(...ends);
  return { at: (low + high) / 2, reach: (high - low) / 2 };
}

/** A place in the frame of the file, in steps of a cloud. */
function toSteps({ origin, step }, place) {
  return place.map((a, i) => (a - origin[i]) / step);
}

/** One scene's view: points in the colours of their objects, boxes, and the list beside them. */
class SceneView extends View {
  constructor(canvas) {
    const scene = JSON.parse(canvas.dataset.cloud);
    super(canvas, scene.start ? new SceneCamera(scene.start) : new Camera());
    this.boxes = scene.boxes ?? [];
    this.names = scene.names ?? [];
    this.css = (scene.colours ?? []).map((rgb) => `rgb(${rgb.join(" ")})`);
    this.list = this.card.querySelector("ul.objects");
    this.rows = [...this.card.querySelectorAll(".object")];
    this.faded = new Set();
    this.selected = -1;
    canvas.addEventListener("keydown", (event) => { if (event.key === "Escape") this.select(-1); });
    this.rows.forEach((row, number) => this.listen(row.querySelector("button"), number));
  }

  /** A list is one stop of the Tab key; arrows go along it. */
  listen(button, number) {
    button.tabIndex = number ? -1 : 0;
    button.addEventListener("click", () => this.select(this.selected === number ? -1 : number));
    button.addEventListener("focus", () => this.rows.forEach((row, i) => { row.firstChild.tabIndex = i === number ? 0 : -1; }));
    button.addEventListener("keydown", (event) => {
      const places = { ArrowDown: number + 1, ArrowUp: number - 1, Home: 0, End: this.rows.length - 1 };
      if (event.key === "Escape") this.select(-1);
      if (!(event.key in places)) return;
      event.preventDefault();
      this.rows[places[event.key]]?.firstChild.focus();
    });
  }

  select(number) {
    this.selected = number;
    this.rows.forEach((row, i) => {
      row.classList.toggle("selected", i === number);
      row.firstChild.setAttribute("aria-expanded", i === number);
      row.lastChild.hidden = i !== number;
    });
    if (number >= 0) this.reveal(this.rows[number]);
    this.redraw();
  }

  /** Scroll the list, and not the page. */
  reveal(row) {
    const top = row.offsetTop, bottom = top + row.offsetHeight, list = this.list;
    if (top < list.scrollTop) list.scrollTop = top;
    else if (bottom > list.scrollTop + list.clientHeight) list.scrollTop = bottom - list.clientHeight;
  }

  /** Fade the boxes and the points of the lines that are faded. */
  fade() {
    this.faded = new Set(this.rows.flatMap((row, number) => row.classList.contains("faded") ? [number] : []));
    if (this.cloud) this.cloud = this.painted(this.cloud);
    this.redraw();
  }

  decode() {
    const cloud = decode(this.canvas);
    if (!cloud.colours) return cloud;  // of a scene that failed: its own colours
    if (cloud.sensor) cloud.toSensor = [...toSteps(cloud, cloud.sensor), cloud.step / cloud.radius];
    cloud.objects = new Uint16Array(cloud.bytes.buffer, 6 * cloud.count, cloud.count);
    return this.painted(cloud);
  }

  /** The same points, in the colours of their objects, as the renderer wants them. */
  painted(cloud) {
    if (!cloud.objects) return cloud;
    const bytes = new Uint8Array(9 * cloud.count), { objects, colours, grey } = cloud;
    bytes.set(new Uint8Array(cloud.steps.buffer, 0, 6 * cloud.count));
    for (let i = 0; i < cloud.count; i++) {
      bytes.set(this.faded.has(objects[i]) ? grey : colours[objects[i]] ?? grey, 6 * cloud.count + 3 * i);
    }
    return { ...cloud, bytes };
  }

  /** The object of a point, or -1. */
  objectAt(index) {
    const object = this.cloud?.objects?.[index] ?? NO_OBJECT;
    return object === NO_OBJECT ? -1 : object;
  }

  tell(index) { return [this.names[this.objectAt(index)], this.coordinates(index)].filter(Boolean).join("\n"); }

  tap(index) { this.select(index < 0 ? -1 : this.objectAt(index)); }

  draw() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    this.cloud ??= this.decode();
    if (this.camera.fitted === false && width && height) this.camera.fit(this.cloud, width, height);
    super.draw();
  }

  drawOver(context, width, height) {
    const unit = height / this.canvas.clientHeight, matrix = this.camera.matrix(this.cloud, width, height);
    const place = (corner) => {
      const [x, y, far] = projected(matrix, ...toSteps(this.cloud, corner));
      return { x: (x + 1) / 2 * width, y: (1 - y) / 2 * height, seen: far > NEAR };
    };
    const boxes = this.boxes.map((corners, number) => ({ number, places: corners.map(place) }));
    const surest = [...boxes.filter(({ number }) => number === this.selected), ...boxes.filter(({ number }) => number !== this.selected)];
    context.lineJoin = context.lineCap = "round";
    for (const box of [...surest].reverse()) this.drawBox(context, box, unit);
    this.drawNames(context, surest, width, height, unit);
  }

  drawBox(context, { number, places }, unit) {
    const selected = number === this.selected;
    context.globalAlpha = selected ? 1 : this.faded.has(number) ? 0.12 : this.selected >= 0 ? 0.35 : 0.8;
    context.beginPath();
    for (const [a, b] of EDGES) {
      if (!places[a].seen || !places[b].seen) continue;
      context.moveTo(places[a].x, places[a].y);
      context.lineTo(places[b].x, places[b].y);
    }
    if (selected) {  // a rim, so that it stands out from points of its colour
      context.lineWidth = 4 * unit;
      context.strokeStyle = getComputedStyle(this.card).color;
      context.stroke();
    }
    context.lineWidth = (selected ? 2 : 1.2) * unit;
    context.strokeStyle = this.css[number];
    context.stroke();
    context.globalAlpha = 1;
  }

  /** Names above their boxes: the chosen one, then the surest, as many as have room. */
  drawNames(context, boxes, width, height, unit) {
    const style = getComputedStyle(this.card), taken = [];
    context.font = `${LABEL_SIZE * unit}px system-ui, sans-serif`;
    context.textAlign = "left";
    context.textBaseline = "middle";
    for (const { number, places } of boxes) {
      const seen = places.filter((corner) => corner.seen);
      if (!seen.length || this.faded.has(number)) continue;
      const name = shortened(this.names[number]);
      const area = this.room(seen, context.measureText(name).width + 10 * unit, (LABEL_SIZE + 6) * unit, width, height, taken);
      if (!area) continue;
      taken.push(area);
      context.globalAlpha = 0.88;
      context.fillStyle = style.backgroundColor;
      context.fillRect(area.x, area.y, area.width, area.height);
      context.globalAlpha = this.selected < 0 || this.selected === number ? 1 : 0.6;
      context.fillStyle = this.css[number];
      context.fillRect(area.x, area.y, 3 * unit, area.height);
      context.fillStyle = style.color;
      context.fillText(name, area.x + 6 * unit, area.y + area.height / 2);
      context.globalAlpha = 1;
    }
  }

  /** Where a name goes: above its box, else below it; nowhere where another is, or where it would stick out. */
  room(corners, width, height, right, bottom, taken) {
    const xs = corners.map(({ x }) => x), ys = corners.map(({ y }) => y);
    const x = (Math.min(...xs) + Math.max(...xs) - width) / 2;
    if (x + width < 0 || x > right) return null;
    const inside = Math.min(Math.max(x, 0), right - width);
    return [Math.min(...ys) - height - 2, Math.max(...ys) + 2]
      .map((y) => ({ x: inside, y, width, height }))
      .find((area) => area.y >= 0 && area.y + height <= bottom && !taken.some((other) => overlap(area, other)));
  }
}

function overlap(a, b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** A name without its end, but with its score. */
function shortened(name) {
  const score = name.slice(name.lastIndexOf(" "));
  return name.length <= LABEL_LETTERS ? name : `${name.slice(0, LABEL_LETTERS - score.length - 1)}…${score}`;
}

const views = watched(SceneView);
const lines = [...document.querySelectorAll(".object")];

document.getElementById("filter").addEventListener("input", (event) => {
  const wanted = event.target.value.trim().toLowerCase();
  for (const line of lines) line.classList.toggle("faded", !line.querySelector(".title").textContent.toLowerCase().includes(wanted));
  views.forEach((view) => view.fade());
  const matching = lines.filter((line) => !line.classList.contains("faded")).length;
  document.getElementById("matches").textContent = wanted ? `${matching} of ${lines.length} objects` : "";
});
