// Random bits by counter: Philox4x64-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
// 2011), so that any thread makes any of the numbers that numpy.random.Philox makes in turn.

// The four words of one counter, of which only the lowest is used; NumPy's first counter is 1.
__device__ __forceinline__ void philox(unsigned long long counter, ulonglong2 key,
                                       unsigned long long (&word)[4]) {
  const unsigned long long by0 = 0xD2E7470EE14C6C93ull, by1 = 0xCA5A826395121157ull;
  word[0] = counter;
  word[1] = word[2] = word[3] = 0;
#pragma unroll
  for (int round = 0; round < 10; ++round) {
    const unsigned long long high0 = __umul64hi(by0, word[0]), high1 = __umul64hi(by1, word[2]);
    const unsigned long long low0 = by0 * word[0], low1 = by1 * word[2];
    word[0] = high1 ^ word[1] ^ key.x;
    word[1] = low1;
    word[2] = high0 ^ word[3] ^ key.y;
    word[3] = low0;
    key.x += 0x9E3779B97F4A7C15ull;
    key.y += 0xBB67AE8584CAA73Bull;
  }
}

// Uniform in [0, 1), as NumPy makes a double of a word.
__device__ __forceinline__ double uniform(unsigned long long word) {
  return (double)(word >> 11) * (1.0 / 9007199254740992.0);
}
