// The memoryless scheme on a GPU: kernels of lbm/gpu*.py, compiled for one shape and wall at a time.
//
// What is stored and computed is that of lbm/cpu.py: phi = b (1 + d), a step changes d, and what
// leaves a cell is subtracted from what it holds. With D, L, U the shares of d that move down, stay
// and move up (y counts downwards), a cell of row y collects from its column
//     S = D(y - 1) + L(y) + U(y + 1),
// of which R+- = sum of w_x+- over the same three + g+- go on to the right and left neighbours:
//     d' = S - R+ - R- + R+(x - 1) + R-(x + 1).
//
// A block runs one image, or one channel of it, over many steps. A warp holds a band of whole rows,
// COLS neighbouring columns per lane, and walks down its band: D and L of the rows above stay in
// registers, neighbours along x are a shuffle away, the field lies in shared memory and is updated
// in place. Only first rows of bands are kept twice, for the band above. Where an image is too large
// for one multiprocessor, CLUSTER blocks on as many of them hold HEIGHT / CLUSTER rows each and read
// each other's outermost rows (sm_90); or the field stays in global memory (ON_CHIP 0).
//
// Macros: HEIGHT, WIDTH, CHANNELS (of a block), COLS, ROWS (of a band), WARPS, CLUSTER, MIRROR,
// ON_CHIP, FRAME_THREADS, SERIES_0.. and SERIES_END (of tanh(sqrt z) / sqrt z); FINE_X and FINE_Y if
// key frames are made on chip.

#define LANES ((WIDTH + COLS - 1) / COLS)
#define PITCH (LANES * COLS)
#define PLANE (HEIGHT * PITCH)
#define SLAB (HEIGHT / CLUSTER)
#define LAST_COL ((WIDTH - 1) % COLS)
#define FULL 0xffffffffu

// Three rows take turns in the same registers; many columns leave none to unroll with.
constexpr int UNROLL = CHANNELS * COLS > 12 ? 1 : 3;

#ifndef DYNAMIC_SHARED  // tests compile this file for a CPU and have their own
#define DYNAMIC_SHARED(type, name) extern __shared__ type name[]

// Address of the same shared variable in another block of the cluster.
__device__ __forceinline__ const float* of_block(const float* shared, int rank) {
#if CLUSTER > 1
  const float* there;
  asm("mapa.u64 %0, %1, %2;" : "=l"(there) : "l"(shared), "r"(rank));
  return there;
#else
  return shared;
#endif
}

__device__ __forceinline__ void sync_cluster() {
#if CLUSTER > 1
  asm volatile("barrier.cluster.arrive.aligned;\nbarrier.cluster.wait.aligned;" ::: "memory");
#else
  __syncthreads();
#endif
}
#endif

#if CLUSTER > 1
#define IN_CLUSTERS __cluster_dims__(CLUSTER, 1, 1)
#else
#define IN_CLUSTERS
#endif

#if COLS % 4 == 0
typedef float4 Pack;
#elif COLS % 2 == 0
typedef float2 Pack;
#else
typedef float Pack;
#endif
#define PACKS (COLS * 4 / (int)sizeof(Pack))

struct Step {      // one lattice step
  float half;      // cs2 / 2 = alpha
  float part;      // time since key frame `now` over the spacing
  int now, after;  // key frames of an image to interpolate between
  int level;       // the level this step completes, or 0
};

struct Row {  // COLS neighbouring cells of one row and channel
  union {
    float at[COLS];
    Pack pack[PACKS];
  };
};

struct Shares {        // of COLS source cells of one row, less the value at rest
  float right[COLS], left[COLS], down[COLS], up[COLS];
};

struct Frames {  // half the velocity of COLS cells at two key frames
  float2 now[COLS], after[COLS];
};

__device__ __forceinline__ Row load(const float* from) {
  Row row;
#pragma unroll
  for (int i = 0; i < PACKS; ++i) row.pack[i] = reinterpret_cast<const Pack*>(from)[i];
  return row;
}

__device__ __forceinline__ void store(float* to, const Row& row) {
#pragma unroll
  for (int i = 0; i < PACKS; ++i) reinterpret_cast<Pack*>(to)[i] = row.pack[i];
}

__device__ __forceinline__ void load_velocity(const float2* from, float2* v) {
#if COLS % 2 == 0
#pragma unroll
  for (int i = 0; i < COLS / 2; ++i) {
    float4 two = reinterpret_cast<const float4*>(from)[i];
    v[2 * i] = make_float2(two.x, two.y);
    v[2 * i + 1] = make_float2(two.z, two.w);
  }
#else
#pragma unroll
  for (int i = 0; i < COLS; ++i) v[i] = from[i];
#endif
}

__device__ __forceinline__ Frames load_frames(const float2* now, const float2* after, int at) {
  Frames f;
  load_velocity(now + at, f.now);
  load_velocity(after + at, f.after);
  return f;
}

// Halved velocities: with t = s / 2 the shares beyond rest are 2 t^2 +- t. Component y of a row that
// is mirrored by a wall has its sign turned by `turn`.
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

// Row y of the image that lies at row s, which may be one beyond a wall.
__device__ __forceinline__ int source_row(int s) {
#if MIRROR
  return s < 0 ? 0 : (s >= HEIGHT ? HEIGHT - 1 : s);
#else
  return s < 0 ? HEIGHT - 1 : (s >= HEIGHT ? 0 : s);
#endif
}

// One row of the new field from what moves on to the right and left.
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

// One lattice step of the band of rows [y0, y1) of a warp; field (CHANNELS, SLAB, PITCH) as if its
// first row were row 0 of the image. above: the old row y0 - 1 of every channel; below: the old row
// y1 of channel 0, with those of the others `apart` from each other.
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

// Many steps of one image, or of one channel of it, per cluster of blocks.
//   state (n, channels, HEIGHT, PITCH): d, taken up and left there
//   frames (n, n_frames, HEIGHT, PITCH): half the limited velocity, not scaled
//   scale (n, n_steps): what brings frames to the velocity of a step
//   last (n), keep (n, n_keep): the level an image ends at and the ones wanted of it
//   out (n, n_keep, channels, HEIGHT, WIDTH): base d - offset at those levels
extern "C" __global__ void IN_CLUSTERS __launch_bounds__(32 * WARPS)
advance(float* state, const float2* frames, const Step* steps, const float2* scale,
        const int* last, const int* keep, const double* base, const double* offset, float* out,
        int channels, int n_frames, int n_steps, int n_keep) {
  DYNAMIC_SHARED(float4, memory);
  const int groups = channels / CHANNELS, unit = blockIdx.x / CLUSTER, rank = blockIdx.x % CLUSTER;
  const int image = unit / groups, first = unit % groups * CHANNELS;
  const int lane = threadIdx.x % 32, band = threadIdx.x / 32;
  const int top = rank * SLAB, bottom = top + SLAB;
  const int y0 = top + band * ROWS, y1 = y0 + ROWS < bottom ? y0 + ROWS : bottom;
  const int at = (lane < LANES ? lane : LANES - 1) * COLS;
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
  if (MIRROR && y1 == HEIGHT) {  // the wall returns the row itself
    below = field + under * PITCH;
    apart = SLAB * PITCH;
  } else if (y1 == bottom) {
    below = under / SLAB == rank ? ends : of_block(ends, under / SLAB);
  }
  sync_cluster();
  for (int t = 0; t < n_steps; ++t) {
    const Step step = steps[t];
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

// (cos, sin) of rate * (start + row) in float2 (count, m).
extern "C" __global__ void turns(const double* rate, int m, double start, int count, float2* out) {
  const size_t i = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= (size_t)m * count) return;
  double s, c;
  sincos(rate[i % m] * (start + (double)(i / m)), &s, &c);
  out[i] = make_float2((float)c, (float)s);
}

// Key frames are made from the modes of u^ + i v^, waves (n, HEIGHT * WIDTH): forward (x, y) and
// backward (z, w) amplitudes, which turn (n_frames, HEIGHT * WIDTH) turns. Number r of a segment is frame r % n_frames of image r / n_frames.
__device__ __forceinline__ float2 spectrum(float4 a, float2 turn) {
  return make_float2(turn.x * (a.x + a.z) - turn.y * (a.y - a.w),
                     turn.x * (a.y + a.w) + turn.y * (a.x - a.z));
}

__device__ __forceinline__ float half_limit(float square) {  // tanh(r) / (2 r) of r^2
  if (square < SERIES_END) {
    const float series[8] = {SERIES_0, SERIES_1, SERIES_2, SERIES_3,
                             SERIES_4, SERIES_5, SERIES_6, SERIES_7};
    float sum = series[7];
#pragma unroll
    for (int i = 6; i >= 0; --i) sum = sum * square + series[i];
    return 0.5f * sum;
  }
  const float ratio = sqrtf(square);
  return 0.5f * tanhf(ratio) / ratio;
}

// A key frame, raw (HEIGHT, stride), times the factor of the speed limit, halved, once for every
// level that uses it: frame f of an image becomes frames begin[f]..begin[f + 1] - 1, with inverse[j]
// = rms speed / speed limit at the level of frame j.
// unit: the field has unit rms already. joint: both components are scaled by one factor.
__device__ __forceinline__ void limit(const float2* raw, int stride, const int* begin,
                                      const float* inverse, int frame, int unit, int joint,
                                      float2* frames) {
  __shared__ float2 sums[FRAME_THREADS];
  const int cells = HEIGHT * WIDTH;
  float2 sum = make_float2(0.0f, 0.0f);
  for (int i = threadIdx.x; i < cells; i += FRAME_THREADS) {
    const float2 v = raw[i / WIDTH * stride + i % WIDTH];
    sum.x += v.x * v.x;
    sum.y += v.y * v.y;
  }
  sums[threadIdx.x] = sum;
  __syncthreads();
  for (int apart = FRAME_THREADS / 2; apart > 0; apart /= 2) {
    if ((int)threadIdx.x < apart) {
      sums[threadIdx.x].x += sums[threadIdx.x + apart].x;
      sums[threadIdx.x].y += sums[threadIdx.x + apart].y;
    }
    __syncthreads();
  }
  float2 mean = make_float2(sums[0].x / cells, sums[0].y / cells);
  if (joint) mean.x = mean.y = 0.5f * (mean.x + mean.y);
  const float scale_x = unit ? 1.0f : 1.0f / sqrtf(mean.x);
  const float scale_y = unit ? 1.0f : 1.0f / sqrtf(mean.y);
  for (int j = begin[frame]; j < begin[frame + 1]; ++j) {
    const float a = inverse[j] * scale_x, b = inverse[j] * scale_y;
    for (int i = threadIdx.x; i < cells; i += FRAME_THREADS) {
      const float2 v = raw[i / WIDTH * stride + i % WIDTH];
      const float x = a * v.x, y = b * v.y;
      const float factor = half_limit(x * x + y * y);
      frames[(size_t)j * PLANE + i / WIDTH * PITCH + i % WIDTH] =
          make_float2(factor * v.x, factor * v.y);
    }
  }
}

#ifdef FINE_X  // sides are powers of two and a key frame fits into shared memory

__device__ __forceinline__ float2 times(float2 a, float2 b) {
  return make_float2(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x);
}

// Inverse FFT of N <= 16 numbers in registers, not normalised.
template <int N>
__device__ __forceinline__ void small_fft(float2 (&v)[N]) {
  static_assert(N <= 16, "the table of waves is for 16 parts of a turn");
  const float wave[9] = {1.0f, 0.923879533f, 0.707106781f, 0.382683432f, 0.0f,
                         -0.382683432f, -0.707106781f, -0.923879533f, -1.0f};
  float2 even[N / 2], odd[N / 2];
#pragma unroll
  for (int i = 0; i < N / 2; ++i) {
    even[i] = v[2 * i];
    odd[i] = v[2 * i + 1];
  }
  small_fft<N / 2>(even);
  small_fft<N / 2>(odd);
#pragma unroll
  for (int k = 0; k < N / 2; ++k) {
    const int at = k * 16 / N;  // of 16 parts of a turn; sin(at) = cos(at - 4)
    const float2 t = times(odd[k], make_float2(wave[at], wave[at < 4 ? 4 - at : at - 4]));
    v[k] = make_float2(even[k].x + t.x, even[k].y + t.y);
    v[k + N / 2] = make_float2(even[k].x - t.x, even[k].y - t.y);
  }
}

template <>
__device__ __forceinline__ void small_fft<1>(float2 (&)[1]) {}

// Inverse FFT of length FINE * COARSE along one axis of all lines in place, in two passes: FFTs of
// FINE neighbours, then of COARSE numbers FINE apart. For the output to come out in order, the input
// must lie as gpu_layout.fft_order says. Neighbouring threads work on neighbouring lines.
template <int FINE, int COARSE>
__device__ __forceinline__ void fft_lines(float2* field, int n_lines, int line_stride, int stride,
                                          const float2* roots) {
  for (int i = threadIdx.x; i < n_lines * COARSE; i += FRAME_THREADS) {
    float2* at = field + i % n_lines * line_stride + i / n_lines * FINE * stride;
    float2 v[FINE];
#pragma unroll
    for (int k = 0; k < FINE; ++k) v[k] = at[k * stride];
    small_fft<FINE>(v);
#pragma unroll
    for (int k = 0; k < FINE; ++k) at[k * stride] = times(v[k], roots[i / n_lines * k]);
  }
  __syncthreads();
  for (int i = threadIdx.x; i < n_lines * FINE; i += FRAME_THREADS) {
    float2* at = field + i % n_lines * line_stride + i / n_lines * stride;
    float2 v[COARSE];
#pragma unroll
    for (int k = 0; k < COARSE; ++k) v[k] = at[k * FINE * stride];
    small_fft<COARSE>(v);
#pragma unroll
    for (int k = 0; k < COARSE; ++k) at[k * FINE * stride] = v[k];
  }
  __syncthreads();
}

// Limited key frames of one image and frame per block, the transform in shared memory.
extern "C" __global__ void __launch_bounds__(FRAME_THREADS)
make_frames(const float4* waves, const float2* turn, const int* begin, const float* inverse,
            int n_frames, int n_limited, int joint, float2* frames) {
  DYNAMIC_SHARED(float4, memory);
  const int stride = WIDTH + 1, cells = HEIGHT * WIDTH;  // odd: columns lie in different banks
  float2* field = reinterpret_cast<float2*>(memory);
  float2* roots_x = field + HEIGHT * stride;
  float2* roots_y = roots_x + WIDTH;
  const int image = blockIdx.x / n_frames, frame = blockIdx.x % n_frames;
  for (int i = threadIdx.x; i < WIDTH + HEIGHT; i += FRAME_THREADS) {
    const float part = i < WIDTH ? 2.0f * i / WIDTH : 2.0f * (i - WIDTH) / HEIGHT;
    sincospif(part, &roots_x[i].y, &roots_x[i].x);
  }
  for (int i = threadIdx.x; i < cells; i += FRAME_THREADS)
    field[i / WIDTH * stride + i % WIDTH] =
        spectrum(waves[(size_t)image * cells + i], turn[(size_t)frame * cells + i]);
  __syncthreads();
  fft_lines<FINE_Y, HEIGHT / FINE_Y>(field, WIDTH, 1, stride, roots_y);
  fft_lines<FINE_X, WIDTH / FINE_X>(field, HEIGHT, stride, 1, roots_x);
  limit(field, stride, begin, inverse, frame, 0, joint,
        frames + (size_t)image * n_limited * PLANE);
}

#endif

// Spectra of numbers first.. of a segment, for an FFT elsewhere; beyond `total` nothing changes.
extern "C" __global__ void spectra(const float4* waves, const float2* turn, int first, int total,
                                   int n_frames, float2* out) {
  const int cells = HEIGHT * WIDTH, r = first + blockIdx.y;
  const int cell = blockIdx.x * blockDim.x + threadIdx.x;
  if (r >= total || cell >= cells) return;
  out[(size_t)blockIdx.y * cells + cell] =
      spectrum(waves[(size_t)(r / n_frames) * cells + cell],
               turn[(size_t)(r % n_frames) * cells + cell]);
}

// Limited key frames from those of an FFT elsewhere, raw (batch, HEIGHT, WIDTH), or, with `unit`,
// from the one field of a steady flow.
extern "C" __global__ void __launch_bounds__(FRAME_THREADS)
limit_frames(const float2* raw, const int* begin, const float* inverse, int first, int total,
             int n_frames, int n_limited, int unit, int joint, float2* frames) {
  const int r = first + blockIdx.x;
  if (r >= total) return;
  limit(raw + (unit ? 0 : (size_t)blockIdx.x * HEIGHT * WIDTH), WIDTH, begin, inverse,
        r % n_frames, unit, joint, frames + (size_t)(r / n_frames) * n_limited * PLANE);
}

#define TILE 64
#define DEPTH 16

// Scale of every image and step: rms speed of the step over the rms of the raw field, which is
// mean + sum over m classes of swing . turn. A product of matrices in tiles of 64 x 64, four by
// four numbers per thread, each summed in one order whatever the batch. rows = 2 n (components).
extern "C" __global__ void __launch_bounds__(256)
scales(const float* mean, const float2* swing, const float2* turn, const float* speed, int rows,
       int m, int n_steps, float* out) {
  __shared__ float2 a[DEPTH][TILE + 1], b[DEPTH][TILE + 1];
  const int row0 = blockIdx.y * TILE, step0 = blockIdx.x * TILE;
  const int i0 = threadIdx.x / 16, j0 = threadIdx.x % 16;
  const float2 zero = make_float2(0.0f, 0.0f);
  float sum[4][4] = {};
  for (int k0 = 0; k0 < m; k0 += DEPTH) {
    for (int i = threadIdx.x; i < TILE * DEPTH; i += 256) {
      const int k = i % DEPTH, at = i / DEPTH;
      const bool inside = k0 + k < m;
      a[k][at] = inside && row0 + at < rows ? swing[(size_t)(row0 + at) * m + k0 + k] : zero;
      b[k][at] = inside && step0 + at < n_steps ? turn[(size_t)(step0 + at) * m + k0 + k] : zero;
    }
    __syncthreads();
#pragma unroll
    for (int k = 0; k < DEPTH; ++k)
#pragma unroll
      for (int i = 0; i < 4; ++i)
#pragma unroll
        for (int j = 0; j < 4; ++j) {
          const float2 p = a[k][i0 + 16 * i], q = b[k][j0 + 16 * j];
          sum[i][j] += p.x * q.x + p.y * q.y;
        }
    __syncthreads();
  }
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 4; ++j) {
      const int row = row0 + i0 + 16 * i, step = step0 + j0 + 16 * j;
      if (row < rows && step < n_steps)  // (n, n_steps, 2)
        out[((size_t)(row / 2) * n_steps + step) * 2 + row % 2] =
            speed[step] / sqrtf(mean[row] + sum[i][j]);
    }
}
