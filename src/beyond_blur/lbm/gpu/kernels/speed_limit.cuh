// The speed limit on key frames.

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

// Factors that give the two components of a raw key frame (HEIGHT, stride) unit rms; joint: one
// factor for both.
__device__ __forceinline__ float2 to_unit_rms(const float2* raw, int stride, int joint) {
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
  return make_float2(1.0f / sqrtf(mean.x), 1.0f / sqrtf(mean.y));
}

// The velocity along mirror walls, in the cells at them, as lbm/coarse/flow.py:along_walls has it.
__device__ __forceinline__ void bend_at_walls(float2* raw, int stride, float share) {
  if (share == 0.0f) return;
  for (int x = threadIdx.x; x < WIDTH; x += FRAME_THREADS) {
    float2 *first = raw + x, *last = raw + (HEIGHT - 1) * stride + x;
    const float step = share * (first->x - last->x);
    first->x -= step;
    last->x += step;
  }
  for (int y = threadIdx.x; y < HEIGHT; y += FRAME_THREADS) {
    float2 *first = raw + y * stride, *last = first + WIDTH - 1;
    const float step = share * (first->y - last->y);
    first->y -= step;
    last->y += step;
  }
  __syncthreads();
}

// A raw key frame times the factor of the speed limit, halved, once for every level that uses it.
//   raw (HEIGHT, stride): the frame before scaling; scale: factors to unit rms
//   begin[0]..begin[1] - 1: the frames that become of it, with inverse[j] = rms speed over speed
//     limit at the level of frame j
__device__ __forceinline__ void limit(const float2* raw, int stride, const int* begin,
                                      const float* inverse, float2 scale, float2* frames) {
  for (int j = begin[0]; j < begin[1]; ++j) {
    const float a = inverse[j] * scale.x, b = inverse[j] * scale.y;
    for (int i = threadIdx.x; i < HEIGHT * WIDTH; i += FRAME_THREADS) {
      const float2 v = raw[i / WIDTH * stride + i % WIDTH];
      const float x = a * v.x, y = b * v.y;
      const float factor = half_limit(x * x + y * y);
      frames[(size_t)j * PLANE + i / WIDTH * PITCH + i % WIDTH] =
          make_float2(factor * v.x, factor * v.y);
    }
  }
}
