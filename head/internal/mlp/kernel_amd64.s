#include "textflag.h"

// ADD_LANES makes of the eight lanes of four sums, b, c and d beside a, four
// numbers in the low half of a.
#define ADD_LANES(a, b, c, d, low, other) \
	VHADDPS b, a, a \
	VHADDPS d, c, c \
	VHADDPS c, a, a \
	VEXTRACTF128 $1, a, other \
	VADDPS other, low, low

// AVERAGE moves sixteen columns of a unit's mean towards its gradient, in g0 and
// g1, and adds the gradient's squares to squares.
#define AVERAGE(mean, g0, g1, squares) \
	VMOVUPS (mean)(DX*1), Y8 \
	VMOVUPS 32(mean)(DX*1), Y9 \
	VFMADD231PS g0, g0, squares \
	VFMADD231PS g1, g1, squares \
	VSUBPS Y8, g0, g0 \
	VSUBPS Y9, g1, g1 \
	VFMADD231PS g0, Y11, Y8 \
	VFMADD231PS g1, Y11, Y9 \
	VMOVUPS Y8, (mean)(DX*1) \
	VMOVUPS Y9, 32(mean)(DX*1)

// Registers: R8–R11 point to the four units' vectors, CX is the bytes of a
// vector, DX those done.

// Y0–Y3 hold the running sums of row 0 with each unit, Y4–Y7 those of row 1.

// func dotsAVX2(out0, out1 *[quadUnits]float32, row0, row1 *float32, units *quad, n int)
TEXT ·dotsAVX2(SB), NOSPLIT, $0-48
	MOVQ row0+16(FP), SI
	MOVQ row1+24(FP), DI
	MOVQ units+32(FP), AX
	MOVQ n+40(FP), CX
	MOVQ 0(AX), R8
	MOVQ 24(AX), R9
	MOVQ 48(AX), R10
	MOVQ 72(AX), R11
	SHLQ $2, CX
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3
	VXORPS Y4, Y4, Y4
	VXORPS Y5, Y5, Y5
	VXORPS Y6, Y6, Y6
	VXORPS Y7, Y7, Y7
	XORQ DX, DX

dotsLoop:
	VMOVUPS (SI)(DX*1), Y8
	VMOVUPS (DI)(DX*1), Y9
	VMOVUPS (R8)(DX*1), Y10
	VMOVUPS (R9)(DX*1), Y11
	VMOVUPS (R10)(DX*1), Y12
	VMOVUPS (R11)(DX*1), Y13
	VFMADD231PS Y8, Y10, Y0
	VFMADD231PS Y9, Y10, Y4
	VFMADD231PS Y8, Y11, Y1
	VFMADD231PS Y9, Y11, Y5
	VFMADD231PS Y8, Y12, Y2
	VFMADD231PS Y9, Y12, Y6
	VFMADD231PS Y8, Y13, Y3
	VFMADD231PS Y9, Y13, Y7
	ADDQ $32, DX
	CMPQ DX, CX
	JLT dotsLoop

	MOVQ out0+0(FP), AX
	MOVQ out1+8(FP), BX
	ADD_LANES(Y0, Y1, Y2, Y3, X0, X1)
	ADD_LANES(Y4, Y5, Y6, Y7, X4, X5)
	VMOVUPS X0, (AX)
	VMOVUPS X4, (BX)
	VZEROUPPER
	RET

// Y0–Y7 hold the gradients of sixteen columns, two registers per unit; Y11 holds
// share in all lanes, Y12–Y15 the running sums of squares.

// func averageAVX2(squares *[quadUnits]float32, means *quad, rows, by *float32, stride, count, n int, share float32)
TEXT ·averageAVX2(SB), NOSPLIT, $0-60
	MOVQ means+8(FP), AX
	MOVQ rows+16(FP), SI
	MOVQ stride+32(FP), R13
	MOVQ n+48(FP), CX
	VBROADCASTSS share+56(FP), Y11
	MOVQ 0(AX), R8
	MOVQ 24(AX), R9
	MOVQ 48(AX), R10
	MOVQ 72(AX), R11
	SHLQ $2, R13
	SHLQ $2, CX
	VXORPS Y12, Y12, Y12
	VXORPS Y13, Y13, Y13
	VXORPS Y14, Y14, Y14
	VXORPS Y15, Y15, Y15
	XORQ DX, DX

averageColumns:
	LEAQ (SI)(DX*1), AX
	MOVQ by+24(FP), BX
	MOVQ count+40(FP), DI
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3
	VXORPS Y4, Y4, Y4
	VXORPS Y5, Y5, Y5
	VXORPS Y6, Y6, Y6
	VXORPS Y7, Y7, Y7

averageRows:
	VMOVUPS (AX), Y8
	VMOVUPS 32(AX), Y9
	VBROADCASTSS (BX), Y10
	VFMADD231PS Y8, Y10, Y0
	VFMADD231PS Y9, Y10, Y1
	VBROADCASTSS 4(BX), Y10
	VFMADD231PS Y8, Y10, Y2
	VFMADD231PS Y9, Y10, Y3
	VBROADCASTSS 8(BX), Y10
	VFMADD231PS Y8, Y10, Y4
	VFMADD231PS Y9, Y10, Y5
	VBROADCASTSS 12(BX), Y10
	VFMADD231PS Y8, Y10, Y6
	VFMADD231PS Y9, Y10, Y7
	ADDQ CX, AX
	ADDQ R13, BX
	DECQ DI
	JNZ averageRows

	AVERAGE(R8, Y0, Y1, Y12)
	AVERAGE(R9, Y2, Y3, Y13)
	AVERAGE(R10, Y4, Y5, Y14)
	AVERAGE(R11, Y6, Y7, Y15)
	ADDQ $64, DX
	CMPQ DX, CX
	JLT averageColumns

	MOVQ squares+0(FP), AX
	ADD_LANES(Y12, Y13, Y14, Y15, X12, X13)
	VMOVUPS X12, (AX)
	VZEROUPPER
	RET

// func moveAVX2(value, mean *float32, keep, rate float32, n int)
TEXT ·moveAVX2(SB), NOSPLIT, $0-32
	MOVQ value+0(FP), DI
	MOVQ mean+8(FP), SI
	VBROADCASTSS keep+16(FP), Y0
	VBROADCASTSS rate+20(FP), Y1
	MOVQ n+24(FP), CX
	SHLQ $2, CX
	XORQ DX, DX

moveLoop:
	VMULPS (DI)(DX*1), Y0, Y2
	VMULPS 32(DI)(DX*1), Y0, Y3
	VMOVUPS (SI)(DX*1), Y4
	VMOVUPS 32(SI)(DX*1), Y5
	VFNMADD231PS Y4, Y1, Y2
	VFNMADD231PS Y5, Y1, Y3
	VMOVUPS Y2, (DI)(DX*1)
	VMOVUPS Y3, 32(DI)(DX*1)
	ADDQ $64, DX
	CMPQ DX, CX
	JLT moveLoop
	VZEROUPPER
	RET
