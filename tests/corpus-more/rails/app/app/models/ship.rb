class Ship < ApplicationRecord
  has_one_attached :picture
  has_secure_password validations: false
  validates :name, presence: true, length: { maximum: 40 }
  scope :armed, -> { where("guns > ?", 0) }
end
