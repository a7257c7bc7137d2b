#define TILE 64
#define DEPTH 16

// Scale of every image and step: rms speed of the step over the rms of the raw field, whose square
// is mean + sum over m classes of swing . turn, LEAST_SHARE of the mean at least. A tiled matrix product (64 x 64, four by four numbers
// per thread); each number is summed in one order whatever the batch. rows = 2 n (components).
//   speed (., n_steps), table (n): the row of an image's speeds
extern "C" __global__ void __launch_bounds__(256)
scales(const float* mean, const float2* swing, const float2* turn, const float* speed,
       const int* table, int rows, int m, int n_steps, float* out) {
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
            speed[(size_t)table[row / 2] * n_steps + step] /
            sqrtf(fmaxf(mean[row] + sum[i][j], LEAST_SHARE * mean[row]));
    }
}
