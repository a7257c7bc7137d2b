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

// A raw key frame times the factor of the speed limit, halved, once for every level that uses it.
//   raw (HEIGHT, stride): the frame before scaling
//   begin, inverse: frame f becomes frames begin[f]..begin[f + 1] - 1, with inverse[j] = rms speed
//     over speed limit at the level of frame j
//   unit: the field has unit rms already; joint: both components are scaled by one factor
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
