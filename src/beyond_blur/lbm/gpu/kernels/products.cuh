// Matrix products of many planes, out[p] = left[p] right[p], (n, k) = (n, m) (m, k); a factor whose
// planes lie 0 numbers apart is the same for all. One number per thread, summed in one order.
//   blocks: of each plane
extern "C" __global__ void products(const double* left, const double* right, int left_apart,
                                    int right_apart, int n, int m, int k, int blocks,
                                    double* out) {
  const size_t p = blockIdx.x / blocks;
  const int cell = blockIdx.x % blocks * blockDim.x + threadIdx.x;
  if (cell >= n * k) return;
  const double* a = left + p * left_apart + (size_t)(cell / k) * m;
  const double* b = right + p * right_apart + cell % k;
  double sum = 0.0;
  for (int j = 0; j < m; ++j) sum += a[j] * b[(size_t)j * k];
  out[p * n * k + cell] = sum;
}
