// One lattice step of the rows of one warp, in place.

// Weights of one row, without their values at rest. Velocities s are halved: with t = s / 2 the
// shares are 2 t^2 +- t. `turn` is -1 for a row mirrored by a wall: its normal velocity is reversed.
__device__ __forceinline__ Shares shares(const Frames& f, float2 now, float2 after, float turn) {
  Shares w;
#pragma unroll
  for (int i = 0; i < COLS; ++i) {
    float t = after.x * f.after[i].x + now.x * f.now[i].x;
    float e = (t + t) * t;
    w.right[i] = e + t;
    w.left[i] = e - t;
    t = turn * (after.y * f.after[i].y + now.y * f.now[i].y);
    e = (t + t) * t;
    w.down[i] = e + t;
    w.up[i] = e - t;
  }
  return w;
}

// Boundary condition: the row of the image that row s, perhaps one beyond a wall, is a copy of.
__device__ __forceinline__ int source_row(int s) {
#if MIRROR
  return s < 0 ? 0 : (s >= HEIGHT ? HEIGHT - 1 : s);
#else
  return s < 0 ? HEIGHT - 1 : (s >= HEIGHT ? 0 : s);
#endif
}

// Streaming along x: one row of the new field from what moves on to the right and left.
__device__ __forceinline__ Row moved(const float* stays, const float* right, const float* left,
                                     int lane) {
  const bool first = lane == 0, last = lane == LANES - 1;
  float right_end = last ? right[LAST_COL] : right[COLS - 1];
  float from_left = __shfl_sync(FULL, right_end, first ? LANES - 1 : lane - 1);
  float from_right = __shfl_sync(FULL, left[0], lane >= LANES - 1 ? 0 : lane + 1);
#if MIRROR
  if (first) from_left = left[0];
  if (last) from_right = right[LAST_COL];
#endif
  Row out;
#pragma unroll
  for (int i = 0; i < COLS; ++i) {
    float in_left = i == 0 ? from_left : right[i > 0 ? i - 1 : 0];
    float in_right = i == COLS - 1 ? from_right : left[i < COLS - 1 ? i + 1 : i];
    if (LAST_COL < COLS - 1 && last && i == LAST_COL) in_right = from_right;
    out.at[i] = stays[i] + (in_left + in_right);
    if (LAST_COL < COLS - 1 && last && i > LAST_COL) out.at[i] = 0;
  }
  return out;
}

// One lattice step of a warp's band, rows [y0, y1).
//   field (CHANNELS, SLAB, PITCH): addressed as if its first row were row 0 of the image
//   above: the old row y0 - 1 of every channel
//   below: the old row y1 of channel 0; those of the other channels follow `apart` numbers apart
__device__ __forceinline__ void step_band(float* field, const Row* above, const float* below,
                                          int apart, int y0, int y1, int lane,
                                          const float2* now_at, const float2* after_at, float half,
                                          float2 now, float2 after) {
  const int at = (lane < LANES ? lane : LANES - 1) * COLS;
  const float rest = 1.0f - half - half;
  float down[CHANNELS][COLS], level[CHANNELS][COLS];  // D(s - 2) and L(s - 1) of target row s - 1
  float down_1[CHANNELS][COLS];                       // D(s - 1)
  Shares w2, w1;                                      // of rows s - 2 and s - 1

  int s = y0 - 1;
  w2 = shares(load_frames(now_at, after_at, source_row(s) * PITCH + at), now, after,
              MIRROR && s < 0 ? -1.0f : 1.0f);
#pragma unroll
  for (int c = 0; c < CHANNELS; ++c)
#pragma unroll
    for (int i = 0; i < COLS; ++i)
      down[c][i] = (half + w2.down[i]) * above[c].at[i] + w2.down[i];
  w1 = shares(load_frames(now_at, after_at, y0 * PITCH + at), now, after, 1.0f);
#pragma unroll
  for (int c = 0; c < CHANNELS; ++c) {
    Row d = load(field + (c * SLAB + y0) * PITCH + at);
#pragma unroll
    for (int i = 0; i < COLS; ++i) {
      float up = (half + w1.up[i]) * d.at[i] + w1.up[i];
      down_1[c][i] = (half + w1.down[i]) * d.at[i] + w1.down[i];
      level[c][i] = d.at[i] - up - down_1[c][i];
    }
  }
  Frames ahead = load_frames(now_at, after_at, source_row(y0 + 1) * PITCH + at);
#pragma unroll UNROLL
  for (s = y0 + 1; s <= y1; ++s) {
    const bool beyond = s == y1;
    Shares w = shares(ahead, now, after, MIRROR && s >= HEIGHT ? -1.0f : 1.0f);
    if (!beyond) ahead = load_frames(now_at, after_at, source_row(s + 1) * PITCH + at);
    float grows_right[COLS], grows_left[COLS];
#pragma unroll
    for (int i = 0; i < COLS; ++i) {
      grows_right[i] = half * (w2.right[i] + w.right[i]) + rest * w1.right[i];
      grows_left[i] = half * (w2.left[i] + w.left[i]) + rest * w1.left[i];
    }
#pragma unroll
    for (int c = 0; c < CHANNELS; ++c) {
      Row d = load((beyond ? below + c * apart : field + (c * SLAB + s) * PITCH) + at);
      float stays[COLS], right[COLS], left[COLS];
#pragma unroll
      for (int i = 0; i < COLS; ++i) {
        float up = (half + w.up[i]) * d.at[i] + w.up[i];
        float sum = down[c][i] + level[c][i] + up;
        right[i] = grows_right[i] + (half + w2.right[i]) * down[c][i] +
                   (half + w1.right[i]) * level[c][i] + (half + w.right[i]) * up;
        left[i] = grows_left[i] + (half + w2.left[i]) * down[c][i] +
                  (half + w1.left[i]) * level[c][i] + (half + w.left[i]) * up;
        stays[i] = sum - right[i] - left[i];
        down[c][i] = down_1[c][i];
        down_1[c][i] = (half + w.down[i]) * d.at[i] + w.down[i];
        level[c][i] = d.at[i] - up - down_1[c][i];
      }
      Row row = moved(stays, right, left, lane);
      if (lane < LANES) store(field + (c * SLAB + s - 1) * PITCH + at, row);
    }
    w2 = w1;
    w1 = w;
  }
}
