// All lattice steps of a segment: one image, or one channel of it, per block or cluster of blocks.
//   state (n, channels, HEIGHT, PITCH): d, taken up and left there
//   frames (n, n_frames, HEIGHT, PITCH): half the limited velocity, not scaled
//   steps (rows, n_steps), table (n): the row of an image's steps
//   scale (n, n_steps): factors from frames to the velocity of a step
//   last (n), keep (n, n_keep): the last level of an image and the levels wanted of it
//   out (n, n_keep, channels, HEIGHT, WIDTH): base d - offset at those levels
extern "C" __global__ void IN_CLUSTERS __launch_bounds__(32 * WARPS)
advance(float* state, const float2* frames, const Step* steps, const int* table,
        const float2* scale, const int* last, const int* keep, const double* base, const double* offset, float* out,
        int channels, int n_frames, int n_steps, int n_keep) {
  DYNAMIC_SHARED(float4, memory);
  const int groups = channels / CHANNELS, unit = blockIdx.x / CLUSTER, rank = blockIdx.x % CLUSTER;
  const int image = unit / groups, first = unit % groups * CHANNELS;
  const int lane = threadIdx.x % 32, band = threadIdx.x / 32;
  const int top = rank * SLAB, bottom = top + SLAB;
  const int y0 = top + band * ROWS, y1 = y0 + ROWS < bottom ? y0 + ROWS : bottom;
  const int at = (lane < LANES ? lane : LANES - 1) * COLS;
  const Step* own_steps = steps + (size_t)table[image] * n_steps;
  float* home = state + ((size_t)image * channels + first) * PLANE;
  float* ends = reinterpret_cast<float*>(memory);
#if ON_CHIP
  float* rows = ends + WARPS * CHANNELS * PITCH;
  for (int c = 0; c < CHANNELS; ++c)
    for (int y = y0; y < y1; ++y)
      if (lane < LANES)
        store(rows + (c * SLAB + y - top) * PITCH + at, load(home + c * PLANE + y * PITCH + at));
#else
  float* rows = home;
#endif
  float* field = rows - top * PITCH;
  const int over = source_row(y0 - 1), under = source_row(y1);
  const float* upper = rows + over % SLAB * PITCH;
  if (over / SLAB != rank) upper = of_block(upper, over / SLAB);
  const float* below = ends + (band + 1) * CHANNELS * PITCH;
  int apart = PITCH;
  if (MIRROR && y1 == HEIGHT) {  // the wall mirrors the last row
    below = field + under * PITCH;
    apart = SLAB * PITCH;
  } else if (y1 == bottom) {
    below = under / SLAB == rank ? ends : of_block(ends, under / SLAB);
  }
  sync_cluster();
  for (int t = 0; t < n_steps; ++t) {
    const Step step = own_steps[t];
    Row above[CHANNELS];
#pragma unroll
    for (int c = 0; c < CHANNELS; ++c) {
      above[c] = load(upper + c * SLAB * PITCH + at);
      if (lane < LANES)
        store(ends + (band * CHANNELS + c) * PITCH + at,
              load(field + (c * SLAB + y0) * PITCH + at));
    }
    sync_cluster();
    const float2 whole = scale[(size_t)image * n_steps + t];
    const float2 after = make_float2(step.part * whole.x, step.part * whole.y);
    const float2 now = make_float2(whole.x - after.x, whole.y - after.y);
    const float2* mine = frames + (size_t)image * n_frames * PLANE;
    step_band(field, above, below, apart, y0, y1, lane, mine + (size_t)step.now * PLANE,
              mine + (size_t)step.after * PLANE, step.half, now, after);
    sync_cluster();
    if (step.level == 0) continue;
    for (int j = 0; j < n_keep; ++j) {
      if (keep[image * n_keep + j] != step.level) continue;
      for (int c = 0; c < CHANNELS; ++c) {
        const int channel = image * channels + first + c;
        float* to = out + (((size_t)image * n_keep + j) * channels + first + c) * HEIGHT * WIDTH;
        for (int y = y0; y < y1; ++y)
          for (int x = lane; x < WIDTH; x += 32)
            to[y * WIDTH + x] =
                (float)(base[channel] * (double)field[(c * SLAB + y) * PITCH + x] -
                        offset[channel]);
      }
    }
    if (step.level >= last[image]) return;
  }
#if ON_CHIP
  for (int c = 0; c < CHANNELS; ++c)
    for (int y = y0; y < y1; ++y)
      if (lane < LANES)
        store(home + c * PLANE + y * PITCH + at, load(field + (c * SLAB + y) * PITCH + at));
#endif
}
