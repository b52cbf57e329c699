// This program is a module of its own, as a user of headstart would write it:
//
//	pets PHOTOS BACKBONE HEAD IMAGE...
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/dataset"
)

func main() {
	if err := run(context.Background(), os.Args[1], os.Args[2], os.Args[3], os.Args[4:]); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, photos, backbone, file string, images []string) error {
	engine, err := headstart.Open(headstart.Config{Backbone: backbone, NoStore: true})
	if err != nil {
		return err
	}
	defer engine.Close()
	data, err := dataset.Scan(ctx, photos)
	if err != nil {
		return err
	}
	trained, _, err := engine.Train(ctx, data, headstart.TrainOptions{})
	if err != nil {
		return err
	}
	if err := trained.Save(file); err != nil {
		return err
	}
	classifier, err := engine.Load(ctx, file)
	if err != nil {
		return err
	}
	for _, image := range images {
		content, err := os.ReadFile(image)
		if err != nil {
			return err
		}
		prediction, err := classifier.Classify(ctx, content)
		if err != nil {
			return err
		}
		fmt.Println(prediction.Class)
	}
	return nil
}
