// The names of C++'s threads, which WebAssembly lacks, for libde265 in one thread.
#pragma once
#include <mutex>
namespace std {
struct mutex {
  void lock() {}
  void unlock() {}
};
struct condition_variable {
  template <class Lock> void wait(Lock&) {}
  void notify_one() {}
  void notify_all() {}
};
struct thread {};
}  // namespace std
