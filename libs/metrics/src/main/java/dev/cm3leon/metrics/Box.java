package dev.cm3leon.metrics;

/// A rectangle, in any unit: left, top, width, height.
public record Box(double x, double y, double width, double height) {

    public double area() {
        return Math.max(0, width) * Math.max(0, height);
    }

    /// Intersection over union; 0 where there is no area.
    public double iou(Box other) {
        double intersection = intersection(other);
        double union = area() + other.area() - intersection;
        return union > 0 ? intersection / union : 0;
    }

    /// Whether the two overlap enough to be the same: intersection over union of one half or more.
    public boolean hits(Box truth) {
        return iou(truth) >= 0.5;
    }

    public double intersection(Box other) {
        double w = Math.min(x + width, other.x + other.width) - Math.max(x, other.x);
        double h = Math.min(y + height, other.y + other.height) - Math.max(y, other.y);
        return area() == 0 || other.area() == 0 ? 0 : Math.max(0, w) * Math.max(0, h);
    }
}
