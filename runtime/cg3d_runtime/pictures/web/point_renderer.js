
const POINTS_VERTEX = `#version 300 es
uniform mat4 matrix;
uniform vec4 toHeight;       // from steps to 0 at the bottom and 1 at the top
uniform float pointSize;     // pixels at a distance of 1
uniform vec4 sensor;         // in steps; and the length of a step, or 0: points have the same size wherever they are
uniform bool byHeight;
uniform vec3 heightColours[5];
in vec3 steps;
in vec3 rgb;
out vec3 colour;
void main() {
  gl_Position = matrix * vec4(steps, 1.0);
  float size = sensor.w > 0.0 ? pointSize * sensor.w * distance(steps, sensor.xyz) : pointSize;
  gl_PointSize = clamp(size / gl_Position.w, 2.0, 60.0);
  float place = clamp(dot(toHeight.xyz, steps) + toHeight.w, 0.0, 1.0) * 4.0;
  int below = min(int(place), 3);
  colour = byHeight ? mix(heightColours[below], heightColours[below + 1], place - float(below)) : rgb;
}`;

const POINTS_FRAGMENT = `#version 300 es
precision mediump float;
in vec3 colour;
out vec4 pixel;
void main() {
  vec2 fromCentre = gl_PointCoord - 0.5;
  if (dot(fromCentre, fromCentre) > 0.25) discard;
  pixel = vec4(colour, 1.0);
}`;

const SHADE_VERTEX = `#version 300 es
void main() { gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0); }`;

// As splat.py does it: the plane through the depths around a pixel is lit, and what lies behind its neighbours is darkened.
const SHADE_FRAGMENT = `#version 300 es
precision highp float;
uniform highp sampler2D depths;
uniform sampler2D colours;
uniform vec2 planes;         // near and far
uniform float focal;         // pixels at a distance of 1
uniform int stride;
uniform float surface;       // what lies deeper than that behind a neighbour is another surface
out vec4 pixel;
float distanceAt(ivec2 place) {
  float z = texelFetch(depths, clamp(place, ivec2(0), textureSize(depths, 0) - 1), 0).r;
  return z >= 1.0 ? 1e9 : planes.x * planes.y / (planes.y - z * (planes.y - planes.x));
}
void main() {
  ivec2 place = ivec2(gl_FragCoord.xy);
  float here = distanceAt(place);
  if (here > 1e8) discard;
  float count = 0.0, inFront = 0.0, z = 0.0;
  vec2 at = vec2(0.0), atZ = vec2(0.0);
  vec3 spread = vec3(0.0);   // xx, xy, yy
  for (int y = -2; y <= 2; y++) for (int x = -2; x <= 2; x++) {
    float nearer = here - distanceAt(place + stride * ivec2(x, y));
    if (nearer >= surface) inFront += 1.0;
    if (abs(nearer) >= surface) continue;
    vec2 beside = vec2(x, y);
    count += 1.0; at += beside; z += nearer; atZ += beside * nearer; spread += vec3(x * x, x * y, y * y);
  }
  at /= count; z /= count;
  vec2 slope = (atZ / count - at * z) * focal / (here * float(stride));
  spread = spread / count - vec3(at.x * at.x, at.x * at.y, at.y * at.y);
  float determinant = max(spread.x * spread.z - spread.y * spread.y, 0.05);
  vec3 normal = normalize(vec3(slope.y * spread.y - slope.x * spread.z, slope.x * spread.y - slope.y * spread.x, determinant));
  float lit = 0.45 + 0.55 * max(dot(normal, vec3(-0.41, 0.5, 0.76)), 0.0);
  pixel = vec4(texelFetch(colours, place, 0).rgb * lit * exp(-0.8 * inFront / 25.0), 1.0);
}`;

const MOST_BUFFERS = 48;     // clouds kept on the graphics card

/** Draws clouds with one WebGL context for the whole page: browsers allow about sixteen. */
class PointRenderer {
  constructor(heightColours) {
    this.canvas = document.createElement("canvas");
    this.canvas.width = this.canvas.height = 1;
    const gl = this.gl = this.canvas.getContext("webgl2", { alpha: true, antialias: false, depth: false });
    if (!gl) throw new Error("WebGL 2 is not available");
    this.points = program(gl, POINTS_VERTEX, POINTS_FRAGMENT);
    this.shade = program(gl, SHADE_VERTEX, SHADE_FRAGMENT);
    this.heightColours = new Float32Array(heightColours.flat().map((byte) => byte / 255));
    this.empty = gl.createVertexArray();
    this.frame = gl.createFramebuffer();
    this.uploads = new Map();  // cloud -> vertex array and buffer, least recently drawn first
  }

  get lost() { return this.gl.isContextLost(); }

  /** Draw a cloud into the lower left corner of `canvas`, width x height pixels. */
  draw(cloud, camera, width, height, byHeight) {
    const gl = this.gl;
    this._fit(width, height);
    gl.viewport(0, 0, width, height);

    gl.bindFramebuffer(gl.FRAMEBUFFER, this.frame);
    gl.enable(gl.DEPTH_TEST);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.useProgram(this.points.id);
    const focal = camera.focal * Math.min(width, height) / 2;
    gl.uniformMatrix4fv(this.points.at("matrix"), false, camera.matrix(cloud, width, height));
    gl.uniform4fv(this.points.at("toHeight"), cloud.toHeight);
    gl.uniform1f(this.points.at("pointSize"), cloud.disc * focal);
    gl.uniform4fv(this.points.at("sensor"), cloud.toSensor ?? [0, 0, 0, 0]);
    gl.uniform1i(this.points.at("byHeight"), byHeight || !cloud.coloured ? 1 : 0);
    gl.uniform3fv(this.points.at("heightColours"), this.heightColours);
    gl.bindVertexArray(this._upload(cloud));
    gl.drawArrays(gl.POINTS, 0, cloud.count);

    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.disable(gl.DEPTH_TEST);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.useProgram(this.shade.id);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.colours);
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D, this.depths);
    gl.uniform1i(this.shade.at("colours"), 0);
    gl.uniform1i(this.shade.at("depths"), 1);
    gl.uniform2f(this.shade.at("planes"), NEAR, FAR);
    gl.uniform1f(this.shade.at("focal"), focal);
    gl.uniform1i(this.shade.at("stride"), Math.max(1, Math.round(height / 240)));
    gl.uniform1f(this.shade.at("surface"), 0.12 / camera.zoom);
    gl.bindVertexArray(this.empty);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  /** Make room for a picture; what was larger before stays so. */
  _fit(width, height) {
    const gl = this.gl, canvas = this.canvas;
    if (this.colours && canvas.width >= width && canvas.height >= height) return;
    canvas.width = Math.max(canvas.width, width);
    canvas.height = Math.max(canvas.height, height);
    gl.deleteTexture(this.colours ?? null);
    gl.deleteTexture(this.depths ?? null);
    this.colours = texture(gl, gl.RGBA8, canvas.width, canvas.height);
    this.depths = texture(gl, gl.DEPTH_COMPONENT24, canvas.width, canvas.height);
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.frame);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, this.colours, 0);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.DEPTH_ATTACHMENT, gl.TEXTURE_2D, this.depths, 0);
  }

  _upload(cloud) {
    const gl = this.gl;
    const upload = this.uploads.get(cloud) ?? this._create(cloud);
    this.uploads.delete(cloud);
    this.uploads.set(cloud, upload);
    if (this.uploads.size > MOST_BUFFERS) {
      const [oldest, { array, buffer }] = this.uploads.entries().next().value;
      gl.deleteVertexArray(array);
      gl.deleteBuffer(buffer);
      this.uploads.delete(oldest);
    }
    return upload.array;
  }

  _create(cloud) {
    const gl = this.gl;
    const array = gl.createVertexArray(), buffer = gl.createBuffer();
    gl.bindVertexArray(array);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, cloud.bytes, gl.STATIC_DRAW);
    const steps = gl.getAttribLocation(this.points.id, "steps"), rgb = gl.getAttribLocation(this.points.id, "rgb");
    gl.enableVertexAttribArray(steps);
    gl.vertexAttribPointer(steps, 3, gl.UNSIGNED_SHORT, false, 6, 0);
    if (cloud.coloured) {
      gl.enableVertexAttribArray(rgb);
      gl.vertexAttribPointer(rgb, 3, gl.UNSIGNED_BYTE, true, 3, 6 * cloud.count);
    }
    return { array, buffer };
  }
}

function program(gl, vertex, fragment) {
  const id = gl.createProgram();
  for (const [type, source] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
    const shader = gl.createShader(type);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(id, shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS) && !gl.isContextLost()) throw new Error(gl.getShaderInfoLog(shader));
  }
  gl.linkProgram(id);
  const places = {};
  return { id, at: (name) => places[name] ??= gl.getUniformLocation(id, name) };
}

function texture(gl, format, width, height) {
  const id = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, id);
  gl.texStorage2D(gl.TEXTURE_2D, 1, format, width, height);
  for (const side of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, side, gl.NEAREST);
  return id;
}
