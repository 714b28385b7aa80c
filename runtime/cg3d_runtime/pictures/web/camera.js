
"use strict";

const DISTANCE = 5;                // of the eye from the centre, in radii of the cloud: mild perspective
const NEAR = 0.5, FAR = 50;        // in radii too
const FIT = 0.97 * Math.sqrt(DISTANCE * DISTANCE - 1);  // focal length at which the ball of that radius just fills the view
const STEEPEST = Math.PI / 2;
const MOST_ZOOM = 40;

/** The product of two 3 x 3 matrices, as lists of rows. */
function product(a, b) {
  return a.map((row) => [0, 1, 2].map((column) => row[0] * b[0][column] + row[1] * b[1][column] + row[2] * b[2][column]));
}

/** An eye that circles a cloud, which stands upright. Angles in radians; moves in radii of the cloud. */
class Camera {
  constructor() {
    this.distance = DISTANCE;
    this.reset();
  }

  reset() {
    this.azimuth = 35 * Math.PI / 180;
    this.elevation = 22 * Math.PI / 180;
    this.zoom = 1;
    this.right = 0;
    this.up = 0;
    this.shift = [0, 0];  // of the picture, in halves of its width and height; perspective stays as it is
  }

  /** Turn as if the cloud had been dragged by x and y, to the right and down. */
  turn(x, y) {
    this.azimuth -= x;
    this.elevation = Math.min(Math.max(this.elevation + y, -STEEPEST), STEEPEST);
  }

  move(x, y) {
    this.right += x / this.zoom;
    this.up -= y / this.zoom;
  }

  scale(factor) {
    this.zoom = Math.min(Math.max(this.zoom * factor, 0.2), MOST_ZOOM);
  }

  /** Rows right, up and towards the eye, in the frame of the file. */
  axes(cloud) {
    const [ca, sa] = [Math.cos(this.azimuth), Math.sin(this.azimuth)];
    const [ce, se] = [Math.cos(this.elevation), Math.sin(this.elevation)];
    return product([[-sa, ca, 0], [-se * ca, -se * sa, ce], [ce * ca, ce * sa, se]], cloud.turn);
  }

  /**
   * The matrix from steps of a cloud to clip space, as WebGL wants it: 16 numbers, column by column.
   * Steps to radii, turned towards the eye: p = scale * axes * steps + offset; then perspective.
   */
  matrix(cloud, width, height) {
    const axes = this.axes(cloud);
    const scale = cloud.step / cloud.radius;
    const offset = axes.map((row) => row.reduce((sum, a, i) => sum + a * (cloud.origin[i] - cloud.centre[i]), 0) / cloud.radius);
    const side = Math.min(width, height);
    const fx = this.focal * side / width, fy = this.focal * side / height;
    const depth = (FAR + NEAR) / (FAR - NEAR), shift = 2 * FAR * NEAR / (FAR - NEAR);
    const [sx, sy] = this.shift;
    const away = this.distance - offset[2];
    const column = (x, y, nearer) => [fx * x - sx * nearer, fy * y - sy * nearer, -depth * nearer, -nearer];
    const columns = [0, 1, 2].map((i) => column(scale * axes[0][i], scale * axes[1][i], scale * axes[2][i]));
    return [...columns.flat(), fx * (offset[0] + this.right) + sx * away, fy * (offset[1] + this.up) + sy * away, depth * away - shift, away];
  }

  get focal() { return FIT * this.zoom; }
}
