// SPDX-License-Identifier: LGPL-3.0-or-later
// Derived from libde265 1.1.3, Copyright (c) 2013-2014 struktur AG, Dirk Farin
// <farin@struktur.de>, and modified for headstart in 2026. It may be redistributed and
// modified under the terms of the GNU Lesser General Public License, version 3 or later:
// extractor/imageio/internal/heif/LICENSE.libde265. There is NO WARRANTY.
//
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
