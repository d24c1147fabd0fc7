class StreamsController < ApplicationController
  include ActionController::Live

  def show
    3.times { |n| response.stream.write("part #{n}\n") }
  ensure
    response.stream.close
  end
end
