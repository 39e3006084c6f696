#pragma once
double halve(int n);
