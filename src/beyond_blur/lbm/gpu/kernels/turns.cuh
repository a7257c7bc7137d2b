// Phase factors of waves: (cos, sin) of rate * (start + row), out (count, m).
extern "C" __global__ void turns(const double* rate, int m, double start, int count, float2* out) {
  const size_t i = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= (size_t)m * count) return;
  double s, c;
  sincos(rate[i % m] * (start + (double)(i / m)), &s, &c);
  out[i] = make_float2((float)c, (float)s);
}
