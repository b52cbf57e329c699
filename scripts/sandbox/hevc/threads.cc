// SPDX-License-Identifier: LGPL-3.0-or-later
// Derived from libde265 1.1.3, Copyright (c) 2013-2014 struktur AG, Dirk Farin
// <farin@struktur.de>, and modified for headstart in 2026. It may be redistributed and
// modified under the terms of the GNU Lesser General Public License, version 3 or later:
// extractor/imageio/internal/heif/LICENSE.libde265. There is NO WARRANTY.
//
// libde265's threads.cc for one thread. Each block that is done is told to the
// host, who may end the decoding there.
#include <libde265/threads.h>

extern "C" __attribute__((import_module("host"), import_name("progress"))) void progress();

de265_progress_lock::de265_progress_lock() { mProgress.store(0); }
de265_progress_lock::~de265_progress_lock() {}
void de265_progress_lock::wait_for_progress(int) {}
void de265_progress_lock::set_progress(int value) {
  progress();
  if (value > mProgress.load()) mProgress.store(value);
}
void de265_progress_lock::increase_progress(int value) { mProgress.store(mProgress.load() + value); }
int de265_progress_lock::get_progress() const { return mProgress.load(); }
de265_error thread_pool::start(int) { return DE265_OK; }
void thread_pool::stop() {}
void thread_pool::add_task(thread_task* task) { task->work(); }
