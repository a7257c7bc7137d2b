// The energy of each image's flow, mean + Re sum swing exp(2 i rate t), by Parseval's theorem.

#define ENERGY_THREADS 256

// One thread sums a class of modes of one |n|, in one order.
//   begin (m + 1), members: the modes of class j are members[begin[j]..begin[j + 1] - 1]
//   power (n, 2, m): the class's part of the mean; swing (n, 2, m): the conjugate of its swing
extern "C" __global__ void class_energy(const ulonglong2* keys, const Mode* modes,
                                        const int* begin, const int* members, int n, int m,
                                        int joint, double* power, float2* swing) {
  const size_t i = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= (size_t)n * m) return;
  const size_t image = i / m;
  const int j = i % m;
  double mean[2] = {0.0, 0.0}, re[2] = {0.0, 0.0}, im[2] = {0.0, 0.0};
  for (int k = begin[j]; k < begin[j + 1]; ++k) {
    const Waves drawn = waves_of(keys[image], modes[members[k]]);
#pragma unroll
    for (int c = 0; c < 2; ++c) {
      const double2 f = drawn.forward[c], b = drawn.backward[c];
      mean[c] += f.x * f.x + f.y * f.y + b.x * b.x + b.y * b.y;
      re[c] += 2.0 * (f.x * b.x + f.y * b.y);
      im[c] += 2.0 * (f.y * b.x - f.x * b.y);
    }
  }
  if (joint) {
    mean[0] = mean[1] = 0.5 * (mean[0] + mean[1]);
    re[0] = re[1] = 0.5 * (re[0] + re[1]);
    im[0] = im[1] = 0.5 * (im[0] + im[1]);
  }
#pragma unroll
  for (int c = 0; c < 2; ++c) {
    const size_t at = (2 * image + c) * m + j;
    power[at] = mean[c];
    swing[at] = make_float2((float)re[c], (float)-im[c]);
  }
}

// Sum over the classes, one block for each image and component.
extern "C" __global__ void __launch_bounds__(ENERGY_THREADS)
mean_energy(const double* power, int m, float* mean) {
  __shared__ double sums[ENERGY_THREADS];
  double sum = 0.0;
  for (int j = threadIdx.x; j < m; j += ENERGY_THREADS) sum += power[(size_t)blockIdx.x * m + j];
  sums[threadIdx.x] = sum;
  __syncthreads();
  for (int apart = ENERGY_THREADS / 2; apart > 0; apart /= 2) {
    if ((int)threadIdx.x < apart) sums[threadIdx.x] += sums[threadIdx.x + apart];
    __syncthreads();
  }
  if (threadIdx.x == 0) mean[blockIdx.x] = (float)sums[0];
}
