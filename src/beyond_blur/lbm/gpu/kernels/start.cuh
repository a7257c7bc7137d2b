// The stored state of clean images, d of phi = b (1 + d), with zeros in the columns that pad a row.
//   phi (n, channels, HEIGHT, WIDTH): grey values less the background
//   base, offset (n, channels): their sum is the background
extern "C" __global__ void start(const float* phi, const double* base, const double* offset,
                                 int n_channels, float* state) {
  const size_t i = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= (size_t)n_channels * PLANE) return;
  const size_t channel = i / PLANE, row = i / PITCH;
  const int x = i % PITCH;
  state[i] = x < WIDTH ? (float)(((double)phi[row * WIDTH + x] + offset[channel]) / base[channel])
                       : 0.0f;
}
